import { parseSafetensors } from "../service/safetensors.ts";
import type { Scored } from "../service/worst.ts";
import type { Cell } from "./answer_cells.ts";

/** How far an answer may be from the one computed alone. */
export interface Tolerance {
  /** Nats, of log-probabilities and statistics. */
  readonly absolute: number;
  /** Of the value: statistics can be large. */
  readonly relative: number;
  /** Of a tensor's largest value. */
  readonly state: number;
}

/** float32: 2e-4 between references; SmolLM2's own float32 noise makes it 5e-4 there (numerics). */
export const F32_TOLERANCE: Tolerance = { absolute: 5e-4, relative: 1e-4, state: 2e-4 };

/** What differs, at most a few of it; none where the answers are the same. */
export function compareCells(found: readonly Cell[], expected: readonly Cell[], tolerance: Tolerance): string[] {
  if (found.length !== expected.length) return [`${found.length} cells, expected ${expected.length}`];
  return expected.flatMap((cell, at) => compareCell(found[at]!, cell, tolerance)).slice(0, 5);
}

function compareCell(found: Cell, expected: Cell, tolerance: Tolerance): string[] {
  const { key } = expected;
  if (found.key !== key) return [`cell ${found.key}, expected ${key}`];
  const faults: string[] = [];
  const differs = (a: number, b: number) => !(Math.abs(a - b) <= tolerance.absolute + tolerance.relative * Math.abs(b));
  for (const fault of compareTop(found.top, expected.top, tolerance.absolute)) faults.push(`${key}: ${fault}`);
  if (found.tracked.length !== expected.tracked.length) faults.push(`${key}: ${found.tracked.length} tracked tokens`);
  for (const [at, { id, logprob, rank }] of expected.tracked.entries()) {
    const other = found.tracked[at];
    if (other === undefined || other.id !== id || differs(other.logprob, logprob) || rankDiffers(other.rank, rank)) {
      faults.push(`${key}: tracked ${JSON.stringify(other)}, expected ${JSON.stringify({ id, logprob, rank })}`);
    }
  }
  for (const [name, reference] of Object.entries(expected.statistics)) {
    const value = found.statistics[name];
    // A table has the output's entropy only where entropy is asked for.
    if (value === undefined && key.endsWith("output")) continue;
    const wrong = value === null || reference === null || value === undefined
      ? value !== reference
      : name.endsWith("rank")
      ? rankDiffers(value, reference)
      : differs(value, reference);
    if (wrong) faults.push(`${key}: ${name} ${value}, expected ${reference}`);
  }
  return faults;
}

/** Log-probabilities within the tolerance; ids equal but for neighbours that lie closer than twice the tolerance. */
function compareTop(found: readonly Scored[], expected: readonly Scored[], tolerance: number): string[] {
  if (found.length !== expected.length) return [`${found.length} tokens, expected ${expected.length}`];
  return expected.flatMap(({ id, logprob }, place) => {
    const other = found[place]!;
    const told = `place ${place + 1}: ${other.id} ${other.logprob}, expected ${id} ${logprob}`;
    if (!(Math.abs(other.logprob - logprob) <= tolerance)) return [told];
    if (other.id === id) return [];
    const twin = expected.find((one) => one.id === other.id) ?? expected.at(-1)!;
    return Math.abs(twin.logprob - logprob) < 2 * tolerance ? [] : [told];
  });
}

/** Far down, tokens lie so dense that float32's last bits move a rank by some. */
const rankDiffers = (found: number, expected: number) => Math.abs(found - expected) > 2 + 2e-3 * expected;

/** Two safetensors files, tensor by tensor. */
export function compareTensors(
  found: Uint8Array<ArrayBuffer>,
  expected: Uint8Array<ArrayBuffer>,
  { state }: Tolerance,
): string[] {
  const [mine, reference] = [parseSafetensors(found), parseSafetensors(expected)];
  if (mine.names.join() !== reference.names.join()) return [`tensors ${mine.names.join()}`];
  return reference.names.flatMap((name) => {
    const [a, b] = [mine.get(name), reference.get(name)];
    if (a.shape.join() !== b.shape.join()) return [`${name} is [${a.shape}]`];
    const largest = b.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = b.values.reduce((most, value, at) => Math.max(most, Math.abs(a.values[at]! - value)), 0);
    return worst <= state * largest ? [] : [`${name}: ${worst} off, of ${largest}`];
  });
}
