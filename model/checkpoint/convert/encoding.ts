import type { HalvesKernel, Matrix } from "../matrix.ts";
import type { ByteDType, TensorSource } from "../tensor_source.ts";
import type { SafetensorsPlan } from "../write_safetensors_header.ts";

/** Size of a linear layer's W [out, in]. */
export interface MatrixSize {
  readonly out: number;
  readonly in: number;
}

/** One tensor that an encoding writes of a matrix: its name after the matrix', e.g. `high`. */
export interface EncodedPart extends Omit<SafetensorsPlan, "name"> {
  readonly part: string;
}

/** Finds a written part again. */
export interface WrittenParts {
  readonly bytes: <D extends ByteDType>(part: string, dtype: D) => TensorSource<D>;
  readonly floats: (part: string) => TensorSource<"F32">;
}

/** Reads rows `from`…`to − 1` of W, [to − from, in] float32. */
export type ReadRows = (from: number, to: number) => Promise<Float32Array>;

/** One way to write weights with fewer bits. */
export interface Encoding {
  /** What it writes of a matrix, each with its dtype and shape. */
  readonly parts: (size: MatrixSize) => readonly EncodedPart[];
  /**
   * The bytes of every part. Rows are asked for once, in ascending order, so that memory is bounded by what is written.
   * @throws {RangeError} for a weight that is not finite
   */
  readonly encode: (size: MatrixSize, rows: ReadRows) => Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>>;
  /** The matrix that graphs multiply with. */
  readonly matrix: (size: MatrixSize, parts: WrittenParts, kernel: HalvesKernel) => Matrix;
}

/** Values of W that are read at a time: 16 MiB of float32. */
const VALUES_AT_A_TIME = 4 * 2 ** 20;

/** Goes through the rows of a matrix in slices. */
export async function eachSlice(
  size: MatrixSize,
  rows: ReadRows,
  take: (values: Float32Array, from: number, to: number) => void,
): Promise<void> {
  const step = Math.max(1, Math.floor(VALUES_AT_A_TIME / size.in));
  for (let from = 0; from < size.out; from += step) {
    const to = Math.min(from + step, size.out);
    take(await rows(from, to), from, to);
  }
}
