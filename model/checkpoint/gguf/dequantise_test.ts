import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../temporary_folder.ts";
import { BLOCK_TYPES, type BlockTypeName } from "./block_types.ts";
import { dequantise } from "./dequantise.ts";
import { readGgufHeader } from "./header.ts";
import { readGgufTensor } from "./read_gguf_tensor.ts";
import { ggufBytes } from "./testdata/gguf_bytes.ts";
import { randomBlocks } from "./testdata/random_blocks.ts";

/**
 * Weight `i` of a block by the bit layout of ggml-common.h, written a second time: fields as bit strings, the six-bit scales
 * by the masks of ggml's vector code (kmask1…3), float16 by its definition.
 */
const WEIGHT: Readonly<Record<BlockTypeName, (block: Uint8Array, i: number) => number>> = {
  F32: (b) => new DataView(b.slice().buffer).getFloat32(0, true),
  F16: (b) => half(b, 0),
  BF16: (b) => new DataView(Uint8Array.of(0, 0, b[0]!, b[1]!).buffer).getFloat32(0, true),
  Q8_0: (b, i) => half(b, 0) * (b[2 + i]! < 128 ? b[2 + i]! : b[2 + i]! - 256),
  Q4_0: (b, i) => half(b, 0) * (nibble(b, 2, i) - 8),
  Q4_1: (b, i) => half(b, 0) * nibble(b, 4, i) + half(b, 2),
  Q5_0: (b, i) => half(b, 0) * (nibble(b, 6, i) + 16 * bit(b, 2, i) - 16),
  Q5_1: (b, i) => half(b, 0) * (nibble(b, 8, i) + 16 * bit(b, 4, i)) + half(b, 2),
  Q4_K: (b, i) => kScale(b, i) * kNibble(b, 16, i) - kMin(b, i),
  Q5_K: (b, i) => kScale(b, i) * (kNibble(b, 48, i) + 16 * bit(b, 16 + i % 32, i >> 5)) - kMin(b, i),
  Q6_K: (b, i) => {
    const [half128, j] = [i >> 7, i & 127];
    const low = (b[half128 * 64 + (j & 63)]! >> (j < 64 ? 0 : 4)) & 15;
    const high = (b[128 + half128 * 32 + (j & 31)]! >> ((j >> 5) * 2)) & 3;
    const scale = new Int8Array(b.slice(192, 208).buffer)[i >> 4]!;
    return half(b, 208) * scale * (low + 16 * high - 32);
  },
};

function half(b: Uint8Array, at: number): number {
  const bits = b[at]! | b[at + 1]! << 8;
  const exponent = bits >> 10 & 31;
  const fraction = (bits & 1023) / 1024;
  const magnitude = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
  return bits >> 15 ? -magnitude : magnitude;
}

/** 32 weights in 16 bytes: the first half of them in the low nibbles. */
function nibble(b: Uint8Array, at: number, i: number): number {
  return i < 16 ? b[at + i]! % 16 : Math.floor(b[at + i - 16]! / 16);
}

function bit(b: Uint8Array, at: number, i: number): number {
  return b[at + (i >> 3)]! >> (i & 7) & 1;
}

/** 64 weights in 32 bytes, the first 32 of them in the low nibbles. */
function kNibble(b: Uint8Array, at: number, i: number): number {
  const byte = b[at + (i >> 6) * 32 + (i & 31)]!;
  return (i & 32) === 0 ? byte % 16 : Math.floor(byte / 16);
}

function kScale(b: Uint8Array, i: number): number {
  return half(b, 0) * sixBits(b).scales[i >> 5]!;
}

function kMin(b: Uint8Array, i: number): number {
  return half(b, 2) * sixBits(b).mins[i >> 5]!;
}

function sixBits(b: Uint8Array): { readonly scales: Uint8Array; readonly mins: Uint8Array } {
  const words = new Uint32Array(b.slice(4, 16).buffer);
  const [first, second, third] = [words[0]!, words[1]!, words[2]!];
  const scales = Uint32Array.of(first & 0x3f3f3f3f, third & 0x0f0f0f0f | (first >>> 6 & 0x03030303) << 4);
  const mins = Uint32Array.of(second & 0x3f3f3f3f, third >>> 4 & 0x0f0f0f0f | (second >>> 6 & 0x03030303) << 4);
  return { scales: new Uint8Array(scales.buffer), mins: new Uint8Array(mins.buffer) };
}

const BLOCKS = 300;
for (const [number, type] of BLOCK_TYPES) {
  Deno.test(`dequantise() gives every weight of ${type.name} of a file, bit by bit`, async () => {
    const data = randomBlocks(type, BLOCKS, 7 + number);
    await using folder = await TemporaryFolder.make();
    const path = join(folder.path, "model.gguf");
    const dims = [type.weights * 3, BLOCKS / 3];
    await Deno.writeFile(path, ggufBytes([], [{ name: "t", type: number, dims, data }]));
    const tensor = (await readGgufHeader(path)).tensors.get("t")!;
    assert.deepEqual(tensor.shape, dims.toReversed());
    const values = await readGgufTensor(path, tensor);
    const expected = Float32Array.from({ length: BLOCKS * type.weights }, (_, at) => {
      const block = Math.floor(at / type.weights) * type.bytes;
      return WEIGHT[type.name](data.subarray(block, block + type.bytes), at % type.weights);
    });
    assert.ok(expected.every(Number.isFinite));
    assert.ok(new Set(expected).size > 100);
    assert.deepEqual(new Uint32Array(values.buffer), new Uint32Array(expected.buffer));
  });
}

Deno.test("dequantise() refuses a part of a block", () => {
  for (const type of BLOCK_TYPES.values()) {
    assert.throws(() => dequantise(new Uint8Array(type.bytes + 1), type), RangeError);
  }
});
