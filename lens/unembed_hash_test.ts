import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import type { DType, TensorSource } from "../model/checkpoint/tensor_source.ts";
import { parseLensConfig } from "./files/lens_config.ts";
import { unembedHash } from "./unembed_hash.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

Deno.test("unembedHash() is what tuned-lens wrote into the demo's config.json", async () => {
  const config = parseLensConfig(await readFile(join(root, "demo/lenses/tuned/config.json"), "utf8"));
  assert.equal(await unembedHash(await openCheckpoint(join(root, "demo/model"))), config.unembedHash);
});

Deno.test("unembedHash() is what tuned-lens wrote for the golden lenses", async () => {
  const lenses = join(root, "tests/golden/lenses");
  const model = await openCheckpoint(join(root, "tests/golden/architectures/llama-mha-untied"));
  const hash = await unembedHash(model);
  const config = parseLensConfig(await readFile(join(lenses, "tuned/fp32/config.json"), "utf8"));
  assert.equal(hash, config.unembedHash);
  const expected = JSON.parse(await readFile(join(lenses, "expected/tuned-fp32.json"), "utf8"));
  assert.equal(hash, expected.unembed_hash);
});

/** A model that is nothing but an unembedding. */
async function unembedding(folder: string, bytes: Uint8Array, shape: number[], dtype: DType) {
  const file = join(folder, "weights");
  const offset = 3; // Files of weights are not aligned.
  await Deno.writeFile(file, new Uint8Array([1, 2, 3, ...bytes]));
  const tensor: TensorSource = { name: "lm_head.weight", dtype, shape, file, offset, length: bytes.length };
  return { tensors: new Map([["lm_head.weight", tensor]]) };
}

Deno.test("unembedHash() depends on the corners, as float32 at one decimal, and on nothing else", async () => {
  await using folder = await TemporaryFolder.make();
  const [rows, columns] = [40, 30];
  const halves = new Float16Array(rows * columns).map((_, at) => Math.round(Math.sin(at) * 64) / 64 + 0.01);
  const hashOf = async (values: Float16Array | Float32Array, dtype: DType) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return await unembedHash(await unembedding(folder.path, bytes, [rows, columns], dtype));
  };
  const hash = await hashOf(halves, "F16");
  assert.match(hash!, /^[0-9a-f]{64}$/);
  assert.equal(await hashOf(new Float32Array(halves), "F32"), hash);
  const inside = halves.slice();
  for (let at = 3 * columns; at < (rows - 3) * columns; at++) inside[at] = 7;
  for (let row = 0; row < rows; row++) {
    for (let column = 3; column < columns - 3; column++) inside[row * columns + column] = 7;
  }
  assert.equal(await hashOf(inside, "F16"), hash);
  for (const at of [0, 2 * columns + 2, columns - 3, (rows - 3) * columns, rows * columns - 1]) {
    const other = halves.slice();
    other[at]! += 0.5;
    assert.notEqual(await hashOf(other, "F16"), hash, `element ${at}`);
  }
});

Deno.test("unembedHash() has nothing to say of what numpy would print otherwise", async () => {
  await using folder = await TemporaryFolder.make();
  const small = await unembedding(folder.path, new Uint8Array(4 * 1000), [100, 10], "F32");
  assert.equal(await unembedHash(small), null);
  const nan = new Float32Array(1001).fill(NaN);
  assert.equal(await unembedHash(await unembedding(folder.path, new Uint8Array(nan.buffer), [91, 11], "F32")), null);
});
