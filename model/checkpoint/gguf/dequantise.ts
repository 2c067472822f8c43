import { widen } from "../widen.ts";
import type { BlockType, BlockTypeName } from "./block_types.ts";

/**
 * Weights of one block: `block` at byte `at` of the view → `out` from `to` on.
 *
 * Every value is the product and sum of the file's own numbers, rounded once to float32: scales have 11 bits, K-quants'
 * inner scales 6 to 8, codes at most 8, so that products are exact in a double and only the store rounds.
 */
type ExpandBlock = (view: DataView, at: number, out: Float32Array, to: number) => void;

/**
 * Blocks expanded to float32, exactly (ggml-quants.c, `dequantize_row_*`).
 *
 * @param bytes a whole number of blocks
 * @returns [blocks × weights of a block] in the order of the file
 * @throws {RangeError} for a part of a block
 */
export function dequantise(bytes: Uint8Array<ArrayBuffer>, type: BlockType): Float32Array<ArrayBuffer> {
  const { name } = type;
  if (name === "F32" || name === "F16" || name === "BF16") return widen(bytes, name);
  const blocks = bytes.length / type.bytes;
  if (!Number.isInteger(blocks)) throw new RangeError(`${bytes.length} bytes are no whole number of ${name} blocks`);
  const out = new Float32Array(blocks * type.weights);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expand = EXPAND[name];
  for (let block = 0; block < blocks; block++) expand(view, block * type.bytes, out, block * type.weights);
  return out;
}

const EXPAND: Readonly<Record<Exclude<BlockTypeName, "F32" | "F16" | "BF16">, ExpandBlock>> = {
  Q8_0: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    for (let j = 0; j < 32; j++) out[to + j] = view.getInt8(at + 2 + j) * d;
  },
  Q4_0: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    for (let j = 0; j < 16; j++) {
      const pair = view.getUint8(at + 2 + j);
      out[to + j] = ((pair & 15) - 8) * d;
      out[to + 16 + j] = ((pair >> 4) - 8) * d;
    }
  },
  Q4_1: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    const m = view.getFloat16(at + 2, true);
    for (let j = 0; j < 16; j++) {
      const pair = view.getUint8(at + 4 + j);
      out[to + j] = (pair & 15) * d + m;
      out[to + 16 + j] = (pair >> 4) * d + m;
    }
  },
  Q5_0: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    const high = view.getUint32(at + 2, true);
    for (let j = 0; j < 16; j++) {
      const pair = view.getUint8(at + 6 + j);
      out[to + j] = ((pair & 15 | (high >>> j & 1) << 4) - 16) * d;
      out[to + 16 + j] = ((pair >> 4 | (high >>> (j + 16) & 1) << 4) - 16) * d;
    }
  },
  Q5_1: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    const m = view.getFloat16(at + 2, true);
    const high = view.getUint32(at + 4, true);
    for (let j = 0; j < 16; j++) {
      const pair = view.getUint8(at + 8 + j);
      out[to + j] = (pair & 15 | (high >>> j & 1) << 4) * d + m;
      out[to + 16 + j] = (pair >> 4 | (high >>> (j + 16) & 1) << 4) * d + m;
    }
  },
  Q4_K: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    const dmin = view.getFloat16(at + 2, true);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleOf(view, at + 4, group);
      const min = dmin * minOf(view, at + 4, group);
      const shift = (group & 1) * 4;
      const codes = at + 16 + (group >> 1) * 32;
      for (let j = 0; j < 32; j++) out[to + group * 32 + j] = scale * (view.getUint8(codes + j) >> shift & 15) - min;
    }
  },
  Q5_K: (view, at, out, to) => {
    const d = view.getFloat16(at, true);
    const dmin = view.getFloat16(at + 2, true);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleOf(view, at + 4, group);
      const min = dmin * minOf(view, at + 4, group);
      const shift = (group & 1) * 4;
      const codes = at + 48 + (group >> 1) * 32;
      for (let j = 0; j < 32; j++) {
        const high = view.getUint8(at + 16 + j) >> group & 1;
        out[to + group * 32 + j] = scale * (view.getUint8(codes + j) >> shift & 15 | high << 4) - min;
      }
    }
  },
  Q6_K: (view, at, out, to) => {
    const d = view.getFloat16(at + 208, true);
    for (let i = 0; i < 256; i++) {
      out[to + i] = d * view.getInt8(at + 192 + (i >> 4)) * (codeOfQ6K(view, at, i) - 32);
    }
  },
};

/** 6-bit scale of a group of 32 in the 12 bytes that Q4_K and Q5_K pack scales and mins into (`get_scale_min_k4`). */
export function scaleOf(view: DataView, scales: number, group: number): number {
  if (group < 4) return view.getUint8(scales + group) & 63;
  return view.getUint8(scales + group + 4) & 15 | view.getUint8(scales + group - 4) >> 6 << 4;
}

/** 6-bit min of a group of 32, from the same bytes. */
export function minOf(view: DataView, scales: number, group: number): number {
  if (group < 4) return view.getUint8(scales + group + 4) & 63;
  return view.getUint8(scales + group + 4) >> 4 | view.getUint8(scales + group) >> 6 << 4;
}

/** 6-bit code of weight `i`, 0…63: 4 low bits in ql[128], 2 high bits in qh[64], each half of the block for itself. */
export function codeOfQ6K(view: DataView, at: number, i: number): number {
  const half = i >> 7;
  const quarter = i >> 5 & 3;
  const j = i & 31;
  const low = view.getUint8(at + half * 64 + (quarter & 1) * 32 + j) >> (quarter >> 1) * 4 & 15;
  const high = view.getUint8(at + 128 + half * 32 + j) >> quarter * 2 & 3;
  return low | high << 4;
}
