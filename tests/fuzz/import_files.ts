import fc from "fast-check";
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import type { RankedToken, ShownToken } from "../../web/state/cell.ts";
import type { DroppedFile } from "../../web/formats/dropped_file.ts";
import { type Imported, type ImportedPrompt, ImportFault } from "../../web/formats/imported.ts";
import { pictureOf } from "../../web/formats/picture_of.ts";
import { probeCsv } from "../../web/formats/probe_csv.ts";
import { readFiles } from "../../web/formats/read_files.ts";
import { change, changed } from "./import_mutations.ts";
import { CONTENT, importSeeds } from "./import_seeds.ts";

/** Longest that one case may take, in ms. */
const MAX_CASE_MS = 1_000;
const MAX_MESSAGE = 300;

export interface ImportFuzzResult {
  readonly cases: number;
  /** Files that were read, by format. */
  readonly read: ReadonlyMap<string, number>;
  /** Refusals by their message, without its numbers. */
  readonly refused: ReadonlyMap<string, number>;
  /** ms. */
  readonly slowest: number;
}

/**
 * Mutates files of every format and reads them: each is read to a picture that makes sense, or refused with an
 * {@link ImportFault} in few words that hold nothing of the file.
 *
 * @throws with the seed, path and smallest counterexample that fast-check found
 */
export async function fuzzImportFiles(cases: number, seed: number): Promise<ImportFuzzResult> {
  const seeds = await importSeeds();
  for (const files of seeds) assertSane(await readFiles(files));
  const read = new Map<string, number>();
  const refused = new Map<string, number>();
  let [run, slowest] = [0, 0];
  const index = fc.nat({ max: seeds.length - 1 });
  const changes = fc.array(change, { minLength: 1, maxLength: 3, size: "small" });
  const property = fc.asyncProperty(index, index, changes, async (one, two, steps) => {
    run++;
    let files = seeds[one]!;
    for (const step of steps) files = await changed(files, step, seeds[two]!);
    const start = performance.now();
    const verdict = await verdictOf(files);
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    assert.ok(took < MAX_CASE_MS, `took ${took} ms`);
    const counts = verdict.isRead ? read : refused;
    counts.set(verdict.what, (counts.get(verdict.what) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: cases, seed, endOnFailure: false });
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.ok(!("polluted" in {}));
  return { cases: run, read, refused, slowest };
}

async function verdictOf(files: readonly DroppedFile[]): Promise<{ isRead: boolean; what: string }> {
  let imported: Imported;
  try {
    imported = await readFiles(files);
  } catch (error) {
    if (!(error instanceof ImportFault)) throw error;
    const { message } = error;
    assert.ok(message.length > 10 && message.length < MAX_MESSAGE, `${message.length} characters: ${message}`);
    assert.ok(!message.includes(CONTENT), message);
    return { isRead: false, what: message.replaceAll(/\d+/g, "0").replaceAll(/"[^"]"/g, '"?"') };
  }
  assertSane(imported);
  return { isRead: true, what: imported.format };
}

function assertSane({ format, prompts, notes }: Imported): void {
  assert.ok(format.length > 0 && format.length < MAX_MESSAGE, format);
  assert.ok(prompts.length > 0);
  for (const note of notes) assert.ok(note.length < MAX_MESSAGE, note);
  for (const prompt of prompts) {
    assertSanePrompt(prompt);
    const picture = pictureOf(prompt);
    assert.ok(picture.begun);
    assert.ok(probeCsv(picture).startsWith("kind,position,"));
  }
}

function assertSanePrompt({ title, data }: ImportedPrompt): void {
  const { model, lenses, norm, tokens, layers, output, cells } = data;
  assert.ok(title.length > 0 && title.length < MAX_MESSAGE, title);
  assert.equal(typeof model, "string");
  assert.ok(norm === null || typeof norm === "string");
  tokens.forEach(assertSaneToken);
  layers.forEach((layer, at) => {
    assert.ok(
      Number.isInteger(layer) && layer >= 0 && layer < 10_000 && (at === 0 || layer > layers[at - 1]!),
      `layer ${layer}`,
    );
  });
  const isPosition = (position: number) => Number.isInteger(position) && position >= 0 && position < tokens.length;
  for (const cell of [...output, ...cells]) {
    assert.ok(isPosition(cell.position), `position ${cell.position}`);
    cell.top.forEach(assertSaneRanked);
    const { top: _, tracked: _tracked, warnings = [], ...others } = cell as typeof cells[number];
    for (const warning of warnings) assert.equal(typeof warning, "string");
    for (const [name, value] of Object.entries(others)) {
      const isNumber = typeof value === "number" && Number.isFinite(value);
      assert.ok(
        isNumber || value === null || typeof value === "boolean" || typeof value === "string",
        `${name}: ${value}`,
      );
    }
  }
  for (const { layer, lens, site, tracked } of cells) {
    assert.ok(layers.includes(layer) && lenses.includes(lens) && typeof site === "string");
    tracked.forEach(assertSaneRanked);
  }
}

function assertSaneToken({ id, piece, text }: ShownToken): void {
  assert.ok(id === null || Number.isInteger(id) && id >= 0, `id ${id}`);
  assert.equal(typeof piece, "string");
  assert.equal(typeof text, "string");
}

function assertSaneRanked(token: RankedToken): void {
  assertSaneToken(token);
  const { prob, logprob, rank = null } = token;
  assert.ok(prob === null || prob >= 0 && prob <= 1.0001, `prob ${prob}`);
  assert.ok(logprob === null || Number.isFinite(logprob), `logprob ${logprob}`);
  assert.ok(rank === null || Number.isInteger(rank) && rank >= 1, `rank ${rank}`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { cases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
  });
  const start = performance.now();
  const { cases, read, refused, slowest } = await fuzzImportFiles(Number(values.cases), Number(values.seed));
  const seconds = (performance.now() - start) / 1000;
  console.log(`${cases} cases, seed ${values.seed}, ${seconds.toFixed(1)} s, slowest ${slowest.toFixed(1)} ms`);
  for (const [title, counts] of [["read", read], ["refused", refused]] as const) {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${title} ${total}, in ${counts.size} ways, the most frequent:`);
    for (const [what, count] of [...counts].sort(([, a], [, b]) => b - a).slice(0, 15)) {
      console.log(`${String(count).padStart(8)}  ${what}`);
    }
  }
}
