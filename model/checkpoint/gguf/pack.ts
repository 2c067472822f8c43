import type { BlockType, BlockTypeName } from "./block_types.ts";
import { codeOfQ6K, minOf, scaleOf } from "./dequantise.ts";

/** How a block type lies in MatMulNBits' layout: W = (code − 2^(bits − 1)) · scale + min. */
export interface PackedForm {
  readonly bits: 4 | 8;
  /** Weights that share a scale. */
  readonly block: number;
  /** Whether the type has a min of its own for each block. */
  readonly mins: boolean;
}

export type PackedTypeName = Exclude<BlockTypeName, "F32" | "F16" | "BF16">;

/** Blocks in MatMulNBits' layout. */
export interface PackedBlocks {
  /** [blocks, block · bits / 8], low bits first. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [blocks] */
  readonly scales: Float32Array<ArrayBuffer>;
  /** [blocks]; empty for a type without. */
  readonly mins: Float32Array<ArrayBuffer>;
}

const FORMS: Readonly<Record<PackedTypeName, PackedForm>> = {
  Q8_0: { bits: 8, block: 32, mins: false },
  Q4_0: { bits: 4, block: 32, mins: false },
  Q4_1: { bits: 4, block: 32, mins: true },
  Q5_0: { bits: 8, block: 32, mins: false },
  Q5_1: { bits: 8, block: 32, mins: true },
  Q4_K: { bits: 4, block: 32, mins: true },
  Q5_K: { bits: 8, block: 32, mins: true },
  Q6_K: { bits: 8, block: 16, mins: false },
};

/** @returns null for floats, which are multiplied as they are */
export function packedForm({ name }: BlockType): PackedForm | null {
  return name === "F32" || name === "F16" || name === "BF16" ? null : FORMS[name];
}

/**
 * GGUF blocks in the layout of MatMulNBits, without loss (runtime-facts: GGUF block → MatMulNBits): codes and scales are
 * the file's own numbers. Codes without a sign (q · d + m) are taken around their middle, (q − 8) · d + (m + 8 d): what int8
 * activations lose grows with the size of the codes, and the middle halves it; the new min is rounded once to float32.
 *
 * @param bytes a whole number of blocks
 */
export function packBlocks(bytes: Uint8Array<ArrayBuffer>, type: BlockType): PackedBlocks {
  const form = FORMS[type.name as PackedTypeName];
  const count = bytes.length / type.bytes;
  const groups = type.weights / form.block;
  const packed: PackedBlocks = {
    codes: new Uint8Array(count * type.weights * form.bits / 8),
    scales: new Float32Array(count * groups),
    mins: new Float32Array(form.mins ? count * groups : 0),
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pack = PACK[type.name as PackedTypeName];
  for (let block = 0; block < count; block++) pack(view, block * type.bytes, packed, block * groups);
  return packed;
}

/** Packs the block at byte `at`; its groups of one scale begin at `group`. */
type Pack = (view: DataView, at: number, into: PackedBlocks, group: number) => void;

const PACK: Readonly<Record<PackedTypeName, Pack>> = {
  Q8_0: (view, at, { codes, scales }, group) => {
    scales[group] = view.getFloat16(at, true);
    for (let j = 0; j < 32; j++) codes[group * 32 + j] = view.getInt8(at + 2 + j) + 128;
  },
  Q4_0: (view, at, { codes, scales }, group) => {
    scales[group] = view.getFloat16(at, true);
    nibbles(view, at + 2, codes, group * 16);
  },
  Q4_1: (view, at, { codes, scales, mins }, group) => {
    const d = scales[group] = view.getFloat16(at, true);
    mins[group] = view.getFloat16(at + 2, true) + 8 * d;
    nibbles(view, at + 4, codes, group * 16);
  },
  Q5_0: (view, at, { codes, scales }, group) => {
    scales[group] = view.getFloat16(at, true);
    fiveBits(view, at + 2, at + 6, codes, group * 32);
  },
  Q5_1: (view, at, { codes, scales, mins }, group) => {
    const d = scales[group] = view.getFloat16(at, true);
    mins[group] = view.getFloat16(at + 2, true) + 16 * d;
    fiveBits(view, at + 4, at + 8, codes, group * 32);
  },
  Q4_K: (view, at, { codes, scales, mins }, group) => {
    for (let g = 0; g < 8; g++) {
      const scale = scales[group + g] = view.getFloat16(at, true) * scaleOf(view, at + 4, g);
      mins[group + g] = 8 * scale - view.getFloat16(at + 2, true) * minOf(view, at + 4, g);
      const shift = (g & 1) * 4;
      const from = at + 16 + (g >> 1) * 32;
      for (let j = 0; j < 16; j++) {
        const low = view.getUint8(from + 2 * j) >> shift & 15;
        codes[(group + g) * 16 + j] = low | (view.getUint8(from + 2 * j + 1) >> shift & 15) << 4;
      }
    }
  },
  Q5_K: (view, at, { codes, scales, mins }, group) => {
    for (let g = 0; g < 8; g++) {
      const scale = scales[group + g] = view.getFloat16(at, true) * scaleOf(view, at + 4, g);
      mins[group + g] = 16 * scale - view.getFloat16(at + 2, true) * minOf(view, at + 4, g);
      const shift = (g & 1) * 4;
      const from = at + 48 + (g >> 1) * 32;
      for (let j = 0; j < 32; j++) {
        const high = view.getUint8(at + 16 + j) >> g & 1;
        codes[(group + g) * 32 + j] = (view.getUint8(from + j) >> shift & 15 | high << 4) - 16 + 128;
      }
    }
  },
  Q6_K: (view, at, { codes, scales }, group) => {
    const d = view.getFloat16(at + 208, true);
    for (let g = 0; g < 16; g++) scales[group + g] = d * view.getInt8(at + 192 + g);
    for (let i = 0; i < 256; i++) codes[group * 16 + i] = codeOfQ6K(view, at, i) - 32 + 128;
  },
};

/** 32 nibbles from halves (j in the low ones, j + 16 in the high ones) to neighbours (2j low, 2j + 1 high). */
function nibbles(view: DataView, from: number, codes: Uint8Array, to: number): void {
  for (let j = 0; j < 8; j++) {
    const first = view.getUint8(from + 2 * j);
    const second = view.getUint8(from + 2 * j + 1);
    codes[to + j] = first & 15 | (second & 15) << 4;
    codes[to + 8 + j] = first >> 4 | second & 0xf0;
  }
}

/** 32 codes of 5 bits around 16: nibbles in halves, the fifth bits in a word before them. */
function fiveBits(view: DataView, high: number, from: number, codes: Uint8Array, to: number): void {
  const bits = view.getUint32(high, true);
  for (let j = 0; j < 16; j++) {
    const pair = view.getUint8(from + j);
    codes[to + j] = (pair & 15 | (bits >>> j & 1) << 4) - 16 + 128;
    codes[to + 16 + j] = (pair >> 4 | (bits >>> (j + 16) & 1) << 4) - 16 + 128;
  }
}
