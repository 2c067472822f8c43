import type { TensorSource } from "./tensor_source.ts";

/** A linear layer's W [out, in] in the form in which it is multiplied. */
export type Matrix = FloatMatrix | HalvesMatrix | BlocksMatrix;

/** In float32, from whatever dtype it is stored in. */
export interface FloatMatrix {
  readonly form: "float";
  readonly weight: TensorSource;
}

/** Products of bytes: unsigned activations with signed weights, or, where that saturates, with unsigned ones. */
export type ByteKernel = "u8s8" | "u8u8";

/**
 * Ways to multiply a matrix of int8 halves, the usual one first: which product of bytes, and whether the two halves of the
 * activations go through as rows of one product, which reads the weights once, or in a product each, which has less to put
 * together. They differ in time alone: the same codes, added in whole numbers.
 */
export const HALVES_KERNELS = {
  "u8s8-stacked": { bytes: "u8s8", stacked: true },
  "u8s8-apart": { bytes: "u8s8", stacked: false },
  "u8u8-stacked": { bytes: "u8u8", stacked: true },
  "u8u8-apart": { bytes: "u8u8", stacked: false },
} as const satisfies Readonly<Record<string, { readonly bytes: ByteKernel; readonly stacked: boolean }>>;
export type HalvesKernel = keyof typeof HALVES_KERNELS;

/**
 * One or two int8 halves: W[n, k] ≈ scale[n] · (high[k, n] + low[k, n] / 254). The activations have two halves by row in
 * either case (runtime-facts 15).
 */
export interface HalvesMatrix {
  readonly form: "halves";
  /** [in, out] */
  readonly high: TensorSource<"I8">;
  /** [in, out]; left out: weights of 8 bits. */
  readonly low?: TensorSource<"I8">;
  /** [out] */
  readonly scale: TensorSource<"F32">;
  /** One whose product of bytes is exact on this processor. */
  readonly kernel: HalvesKernel;
}

/**
 * Blocks of `block` weights along `in` with a scale each: W = (code − zero) · scale + min. Layout of MatMulNBits
 * (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftmatmulnbits).
 */
export interface BlocksMatrix {
  readonly form: "blocks";
  readonly bits: 4 | 8;
  readonly block: number;
  readonly in: number;
  readonly out: number;
  /** [out, ceil(in / block), block · bits / 8], low bits first */
  readonly codes: TensorSource<"U8">;
  /** [out, ceil(in / block)] */
  readonly scales: TensorSource<"F32">;
  /** [out, ceil(ceil(in / block) · bits / 8)], low bits first; left out: 2^(bits − 1) */
  readonly zeroPoints?: TensorSource<"U8">;
  /** [out, in / block]: added to every weight of a block; left out: 0. */
  readonly mins?: TensorSource<"F32">;
  /** 16: activations go through as two int8 halves; left out: as one, 8 bits. */
  readonly activationBits?: 16;
}
