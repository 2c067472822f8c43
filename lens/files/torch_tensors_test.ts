import assert from "node:assert/strict";
import { bytesOf, numbers } from "./fixtures/small_files.ts";
import { type Saved, type SavedTensor, torchSave, whole } from "./write/torch_save.ts";
import { LensFileError, type LensFileRule } from "./lens_file_error.ts";
import { readLens } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";
import { memorySource } from "./source.ts";

const D = 6;

function lensOf(
  weight: SavedTensor,
  storages: Record<string, Uint8Array>,
  bias: SavedTensor | null = null,
): Uint8Array {
  const value = new Map<string, Saved>([["0.weight", weight]]);
  if (bias !== null) value.set("0.bias", bias);
  return torchSave(value, storages);
}

/** What numpy's strides say, one element at a time. */
function strided(
  data: ArrayLike<number>,
  { offset, size: [rows = 1, columns = 1], stride: [s0 = 0, s1 = 0] }: SavedTensor,
) {
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    return data[offset + Math.floor(at / columns) * s0 + at % columns * s1] ?? NaN;
  });
}

async function refuses(bytes: Uint8Array, rule: LensFileRule, message: RegExp): Promise<void> {
  await assert.rejects(readLens(memorySource(bytes)), (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.match(error.message, message);
    assert.equal(error.rule, rule, error.message);
    return true;
  });
}

const VIEWS: [string, number, number, readonly number[]][] = [
  ["row-major", D * D, 0, [D, 1]],
  ["transposed", D * D, 0, [1, D]],
  ["at an offset", D * D + 5, 5, [D, 1]],
  ["rows of a wider matrix", D * 20, 3, [20, 1]],
  ["columns of a wider matrix", D * 20, 3, [1, 20]],
  ["interleaved", D * D * 3, 2, [D * 3, 3]],
  ["interleaved and transposed", D * D * 3, 1, [3, D * 3]],
];

for (const [what, numel, offset, stride] of VIEWS) {
  Deno.test(`readLens() honours strides: ${what}`, async () => {
    const data = numbers(numel, 1);
    const weight = { ...whole("0", [D, D]), numel, offset, stride };
    const lens = await readLens(memorySource(lensOf(weight, { 0: bytesOf(data) })));
    await scanFinite(lens);
    assert.deepEqual((await lens.materialise(0)).weight, strided(data, weight));
  });
}

Deno.test("readLens() widens float16, bfloat16 and float64", async () => {
  const exact = Float32Array.from({ length: D * D }, (_, at) => (at - 18) / 8);
  const words = new Uint32Array(exact.buffer);
  const stored: [string, ArrayBufferView][] = [
    ["HalfStorage", new Float16Array(exact)],
    ["BFloat16Storage", Uint16Array.from(words, (word) => word >>> 16)],
    ["DoubleStorage", new Float64Array(exact)],
  ];
  for (const [type, values] of stored) {
    for (const stride of [[D, 1], [1, D]]) {
      const weight = { ...whole("0", [D, D], type), stride };
      const lens = await readLens(memorySource(lensOf(weight, { 0: bytesOf(values) })));
      await scanFinite(lens);
      assert.deepEqual((await lens.materialise(0)).weight, strided(exact, weight), type);
    }
  }
});

Deno.test("readLens() reads layers that share one and the same view", async () => {
  const tensor = whole("0", [D, D]);
  const value = new Map([["0.weight", tensor], ["1.weight", tensor], ["2.weight", tensor]]);
  const lens = await readLens(memorySource(torchSave(value, { 0: bytesOf(numbers(D * D, 4)) })));
  assert.deepEqual((await lens.materialise(2)).weight, numbers(D * D, 4));
});

Deno.test("readLens() refuses views that leave their storage, repeat elements or overlap", async () => {
  const storage = { 0: bytesOf(numbers(D * D, 1)) };
  const change = (part: Partial<SavedTensor>) => lensOf({ ...whole("0", [D, D]), ...part }, storage);
  await refuses(change({ offset: 1 }), "tensor.bounds", /`0\.weight`.*needs 37 elements.*has 36/);
  await refuses(change({ offset: -1 }), "tensor.bounds", /offset -1/);
  await refuses(change({ stride: [0, 1] }), "tensor.bounds", /stride.*1 or more/);
  await refuses(change({ stride: [D, -1] }), "tensor.bounds", /stride/);
  await refuses(change({ stride: [1, 1] }), "tensor.bounds", /twice/);
  await refuses(change({ stride: [1] }), "tensor.shape", /1 strides/);
  await refuses(change({ size: [D, 0] }), "tensor.shape", /\[6, 0\]/);
  await refuses(change({ size: [2 ** 32, 2 ** 32], stride: [2 ** 32, 1] }), "tensor.bounds", /shape \[4294967296/);
  await refuses(change({ numel: D * D + 1 }), "tensor.storage", /needs 148 bytes; its record has 144/);
  await refuses(change({ key: "9" }), "tensor.storage", /data\/9.*no such record/);
  await refuses(change({ type: "HalfStorage" }), "tensor.storage", /needs 72 bytes/);
  const shifted = { ...whole("0", [D, D]), numel: D * D + 1, offset: 1 };
  const value = new Map([["0.weight", { ...shifted, offset: 0 }], ["1.weight", shifted]]);
  await refuses(torchSave(value, { 0: bytesOf(numbers(D * D + 1, 1)) }), "tensor.bounds", /overlap/);
});

Deno.test("readLens() refuses a storage that two tensors describe differently, and one that nobody uses", async () => {
  const bytes = bytesOf(numbers(D * D, 1));
  const value = new Map([["0.weight", whole("0", [D, D])], ["1.weight", whole("0", [D, D], "DoubleStorage")]]);
  await refuses(torchSave(value, { 0: bytes }), "tensor.storage", /elsewhere/);
  await refuses(lensOf(whole("0", [D, D]), { 0: bytes, 1: bytes }), "tensor.storage", /data\/1.*no tensor/);
});

Deno.test("readLens() materialises a wide transposed and a gapped matrix over many pieces", async () => {
  const d = 700;
  for (
    const [numel, stride] of [[d * d, [1, d]], [d * 1500, [1500, 1]], [d * 1500, [1, 1500]], [d * d * 2, [
      2,
      2 * d,
    ]]] as const
  ) {
    const data = numbers(numel, 3);
    const weight = { ...whole("0", [d, d]), numel, stride };
    const lens = await readLens(memorySource(lensOf(weight, { 0: bytesOf(data) })));
    assert.deepEqual((await lens.materialise(0)).weight, strided(data, weight));
  }
});
