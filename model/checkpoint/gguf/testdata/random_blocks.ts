import { BLOCK_TYPES, type BlockType, type BlockTypeName } from "../block_types.ts";

/** Places of a block's float16 numbers (ggml-common.h); of F32 and BF16 the half with the exponent. */
const HALVES: Partial<Record<BlockTypeName, readonly number[]>> = {
  F32: [2],
  Q4_1: [0, 2],
  Q5_1: [0, 2],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** A type by its name. */
export function blockType(name: BlockTypeName): BlockType {
  return [...BLOCK_TYPES.values()].find((type) => type.name === name)!;
}

/**
 * Blocks of random bits whose float numbers are finite. Tests only.
 *
 * @param tame scales and mins between 1 and 2, negative or not, so that every block counts alike in a product
 */
export function randomBlocks(
  { name, bytes: size }: BlockType,
  count: number,
  seed: number,
  tame = false,
): Uint8Array<ArrayBuffer> {
  let state = seed >>> 0;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const out = Uint8Array.from({ length: count * size }, next);
  for (let block = 0; block < out.length; block += size) {
    for (const half of HALVES[name] ?? [0]) {
      const high = block + half + 1;
      // Bits of a float16's upper byte: sign, exponent (5), fraction.
      out[high] = tame ? out[high]! & 0x83 | 0x3c : out[high]! & 0xbb;
    }
  }
  return out;
}
