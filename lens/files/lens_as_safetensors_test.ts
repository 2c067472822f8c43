import assert from "node:assert/strict";
import { type NamedArray, npzOf, numbers, safetensorsOf } from "./fixtures/small_files.ts";
import { concat } from "./write/stored_zip.ts";
import { lensAsSafetensors } from "./lens_as_safetensors.ts";
import type { LensFile } from "./lens_file.ts";
import { readLens } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";
import { memorySource } from "./source.ts";

const GOLDEN = new URL("../../tests/golden/lenses/", import.meta.url);
const FILES = [
  "tuned/fp32/params.pt",
  "tuned/fp16/params.pt",
  "tuned/bf16/params.pt",
  "tuned/safetensors/params.safetensors",
  "tuned/transposed/params.pt",
  "tuned/shared-storage/params.pt",
  "jacobian/all-layers.pt",
  "jacobian/sparse-layers.pt",
];

async function range(lens: LensFile, from: number, to: number): Promise<Uint8Array> {
  return concat(await Array.fromAsync(lensAsSafetensors(lens).read(from, to)));
}

async function sameAfterConversion(bytes: Uint8Array): Promise<LensFile> {
  const lens = await readLens(memorySource(bytes));
  const { length, header } = lensAsSafetensors(lens);
  const converted = await range(lens, 0, length);
  assert.equal(converted.length, length);
  assert.deepEqual(converted.slice(0, header.length), header);
  const again = await readLens(memorySource(converted));
  await scanFinite(again);
  assert.equal(again.contents.kind, lens.contents.kind);
  assert.deepEqual(again.contents.layers, lens.contents.layers);
  for (const layer of lens.contents.layers) {
    assert.deepEqual(await again.materialise(layer), await lens.materialise(layer));
  }
  for (
    const [from, to] of [[0, 1], [7, header.length + 9], [header.length - 1, length - 1], [length - 5, length], [
      999,
      4000,
    ]]
  ) {
    assert.deepEqual(await range(lens, from ?? 0, to ?? 0), converted.slice(from, to), `bytes ${from} to ${to}`);
  }
  return again;
}

for (const file of FILES) {
  Deno.test(`lensAsSafetensors() keeps ${file}: translators, dtype, remarks, and any range of bytes`, async () => {
    const bytes = await Deno.readFile(new URL(file, GOLDEN));
    const before = (await readLens(memorySource(bytes))).contents;
    const after = (await sameAfterConversion(bytes)).contents;
    assert.equal(after.dtype, before.dtype);
    for (const [key, value] of Object.entries(before.provenance)) assert.deepEqual(after.provenance[key], value);
  });
}

Deno.test("lensAsSafetensors() writes the other dialects in our keys and indices", async () => {
  const array = (name: string, shape: number[], seed: number): NamedArray => {
    return { name, shape, values: numbers(shape.reduce((a, b) => a * b, 1), seed) };
  };
  const mlxterp = [0, 1].flatMap((layer) => [
    array(`translators_${layer}_weight`, [5, 5], layer),
    array(`translators_${layer}_bias`, [5], layer),
  ]);
  assert.deepEqual((await sameAfterConversion(npzOf(mlxterp))).contents.layers, [1, 2]);
  assert.deepEqual((await sameAfterConversion(npzOf(mlxterp, true))).contents.form, "residual");
  const sparse = [0, 2].flatMap((layer) => [array(`A_${layer}`, [5, 5], layer), array(`b_${layer}`, [5], layer)]);
  assert.deepEqual((await sameAfterConversion(safetensorsOf(sparse, { jlenskit_meta: "{}" }))).contents.layers, [0, 2]);
  const entering = [0, 1, 3].map((layer) => array(`J_${layer}`, [5, 5], layer));
  assert.deepEqual((await sameAfterConversion(safetensorsOf(entering, { jlenskit_meta: "{}" }))).contents.layers, [
    0,
    2,
  ]);
});
