import fc from "fast-check";
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { type NamedArray, npzOf, numbers, safetensorsOf } from "../../lens/files/fixtures/small_files.ts";
import type { LensFile } from "../../lens/files/lens_file.ts";
import { LensFileError } from "../../lens/files/lens_file_error.ts";
import { readLens } from "../../lens/files/read_lens.ts";
import { scanFinite } from "../../lens/files/scan_finite.ts";
import { memorySource } from "../../lens/files/source.ts";
import { type Mutation, mutations } from "./mutations.ts";
import { decodePlainly } from "./plain_decoder.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Longest that one file may take, in ms. */
const MAX_CASE_MS = 1_000;

export interface FuzzResult {
  readonly cases: number;
  readonly accepted: number;
  /** Refusals by rule. */
  readonly refused: ReadonlyMap<string, number>;
  /** ms. */
  readonly slowest: number;
  /** Bytes of resident memory that the second half of the run added. */
  readonly growth: number;
}

/**
 * Mutates accepted lens files and reads them: only {@link LensFileError} may be thrown, nothing may take long, and an
 * accepted file's translators must be what a second, naive decoder says.
 *
 * @throws with the seed, path and smallest counterexample that fast-check found
 */
export async function fuzzLensFiles(cases: number, seed: number): Promise<FuzzResult> {
  const seeds = await seedFiles();
  const refused = new Map<string, number>();
  let [run, accepted, slowest, halfway] = [0, 0, 0, 0];
  const index = fc.nat({ max: seeds.length - 1 });
  const property = fc.asyncProperty(index, index, mutations, async (one, two, steps) => {
    if (++run === Math.ceil(cases / 2)) halfway = Deno.memoryUsage().rss;
    const bytes = mutated(seeds[one]!, seeds[two]!, steps);
    const start = performance.now();
    const rule = await verdict(bytes);
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    assert.ok(took < MAX_CASE_MS, `took ${took} ms`);
    if (rule === null) accepted++;
    else refused.set(rule, (refused.get(rule) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: cases, seed, endOnFailure: false });
  return { cases: run, accepted, refused, slowest, growth: Deno.memoryUsage().rss - halfway };
}

/** A mutation that the file's state no longer allows (its own offsets point nowhere) leaves it as it is. */
export function mutated(bytes: Bytes, other: Bytes, steps: readonly Mutation[]): Bytes {
  let current = bytes;
  for (const step of steps) {
    try {
      current = step(current, other);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    }
  }
  return current;
}

/** The rule by which the file is refused; null after its translators were compared with a naive decoder's. */
export async function verdict(bytes: Bytes): Promise<string | null> {
  let lens: LensFile;
  try {
    lens = await readLens(memorySource(bytes));
    await scanFinite(lens);
  } catch (error) {
    if (error instanceof LensFileError) return error.rule;
    throw error;
  }
  await compare(lens, decodePlainly(bytes));
  return null;
}

async function compare(lens: LensFile, plain: Map<string, Float64Array>): Promise<void> {
  const { contents } = lens;
  assert.ok(contents.layers.length > 0);
  for (const layer of contents.layers) {
    const { weight: stored, bias } = contents.tensors.get(layer)!;
    const own = Number(/[0-9]+/.exec(stored.name)?.[0]);
    const entering = contents.dialect === "jlenskit" && contents.kind === "jacobian";
    assert.equal(layer, contents.dialect === "mlxterp" ? own + 1 : entering ? own - 1 : own, stored.name);
    const translator = await lens.materialise(layer);
    const expected = Float32Array.from(plain.get(stored.name)!);
    if (contents.form === "full_map") {
      for (let at = 0; at < expected.length; at += contents.dModel + 1) expected[at]! -= 1;
    }
    same(translator.weight, expected, stored.name);
    assert.equal(translator.weight.length, contents.dModel ** 2);
    if (bias !== undefined) same(translator.bias!, Float32Array.from(plain.get(bias.name)!), bias.name);
  }
}

function same(found: Float32Array, expected: Float32Array, name: string): void {
  assert.equal(found.length, expected.length, name);
  for (let at = 0; at < found.length; at++) {
    if (!(found[at] === expected[at] && Number.isFinite(found[at]))) {
      assert.fail(`${name}[${at}]: ${found[at]}, not ${expected[at]}`);
    }
  }
}

/** Accepted files of every container and dialect, the small ones of each. */
async function seedFiles(): Promise<Bytes[]> {
  const golden = new URL("../golden/", import.meta.url);
  const { files }: { files: { file: string; kind: string; verdict: string }[] } = JSON.parse(
    await Deno.readTextFile(new URL("badfiles/manifest.json", golden)),
  );
  const good = files.filter(({ kind, verdict }) => kind.startsWith("lens.") && verdict === "accept");
  const paths = [...good.map(({ file }) => `badfiles/${file}`), "lenses/jacobian/sparse-layers.pt"];
  const array = (name: string, shape: number[], at: number): NamedArray => {
    return { name, shape, values: numbers(shape.reduce((product, size) => product * size, 1), at) };
  };
  const pairs = (weight: (at: number) => string, bias: (at: number) => string) =>
    [0, 1].flatMap((at) => [array(weight(at), [5, 5], at), array(bias(at), [5], at)]);
  const mlxterp = pairs((at) => `translators_${at}_weight`, (at) => `translators_${at}_bias`);
  const metadata = { jlenskit_meta: '{"n_layers": 3}' };
  return [
    ...await Promise.all(paths.map((path) => Deno.readFile(new URL(path, golden)))),
    npzOf(mlxterp),
    npzOf(mlxterp, true),
    safetensorsOf(pairs((at) => `A_${at}`, (at) => `b_${at}`), metadata),
    safetensorsOf([1, 2].map((at) => array(`J_${at}`, [5, 5], at)), metadata),
    safetensorsOf([0, 1].map((at) => array(`J.${at}`, [5, 5], at)), { n_prompts: "3", source_layers: "[0, 1]" }),
  ];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { cases: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
  });
  const start = performance.now();
  const { cases, accepted, refused, slowest, growth } = await fuzzLensFiles(Number(values.cases), Number(values.seed));
  console.log(`${cases} cases, seed ${values.seed}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(
    `accepted ${accepted}, slowest ${slowest.toFixed(1)} ms, memory grown by ${(growth / 2 ** 20).toFixed(1)} MiB`,
  );
  for (const [rule, count] of [...refused].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(8)}  ${rule}`);
  }
}
