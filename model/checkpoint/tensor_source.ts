/** How one stored number is written. */
export type DType = "F32" | "F16" | "BF16";

/** How codes of quantised weights are written. */
export type ByteDType = "I8" | "U8";

/** Bytes of one stored number. */
export const BYTES_OF: Readonly<Record<DType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Where one tensor lies, whatever container holds it: row-major, little-endian, contiguous. */
export interface TensorSource<D extends string = DType> {
  readonly name: string;
  readonly dtype: D;
  /** Outermost dimension first; a linear layer's weight is [out, in]. */
  readonly shape: readonly number[];
  /** Absolute path of a regular file (symbolic links already resolved). */
  readonly file: string;
  /** First byte of the values in `file`. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}
