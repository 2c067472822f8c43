import type { DType } from "../../model/checkpoint/tensor_source.ts";
import { LensFileError, shown, shownShape } from "./lens_file_error.ts";

/** How one stored number of a lens is written; a lens may be float64 where a model may not. */
export type LensDType = DType | "F64";

/** Bytes of one stored number. */
export const BYTES_OF_LENS: Readonly<Record<LensDType, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/** A run of bytes of the file: a record of a ZIP, or one tensor of a safetensors file. */
export interface Region {
  readonly name: string;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** What the container says; null where it says nothing. */
  readonly crc32: number | null;
}

/** A view of numbers in a region, in range, no element shown twice: element (i, j) lies at `start + i·s₀ + j·s₁`. */
export interface StridedTensor {
  /** As the file names it, e.g. `7.weight`. */
  readonly name: string;
  readonly dtype: LensDType;
  /** Outermost dimension first; a translator's weight is [d_model (out), d_model (in)]. */
  readonly shape: readonly number[];
  /** Elements, one a dimension, each > 0 (1 for a dimension of 1). */
  readonly strides: readonly number[];
  readonly region: Region;
  /** First element, counted from the region's first byte. */
  readonly start: number;
}

/** A translator has 2 dimensions and its bias 1. */
const MAX_DIMENSIONS = 4;

/**
 * Checks a view against its region and makes it a tensor.
 *
 * @throws {LensFileError} rules `tensor.shape`, `tensor.bounds`, naming the tensor
 */
export function stridedTensor(view: StridedTensor): StridedTensor {
  const { name, shape, strides, start, region } = view;
  const label = `tensor \`${shown(name)}\``;
  if (shape.length === 0 || shape.length > MAX_DIMENSIONS || strides.length !== shape.length) {
    const reason =
      `${label} has ${shape.length} dimensions and ${strides.length} strides; a lens has matrices and vectors`;
    throw new LensFileError("tensor.shape", reason);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new LensFileError(
      "tensor.shape",
      `${label} has the shape ${shownShape(shape)}; every dimension must be 1 or more`,
    );
  }
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new LensFileError("tensor.bounds", `${label} has the offset ${start}; it must be 0 or more`);
  }
  const used = strides.map((stride, dimension) => shape[dimension] === 1 ? 1 : stride);
  if (!used.every((stride) => Number.isSafeInteger(stride) && stride > 0)) {
    const reason = `${label} has the strides ${shownShape(strides)}; a stride on a dimension above 1 must be 1 or more`;
    throw new LensFileError("tensor.bounds", reason);
  }
  const capacity = region.length / BYTES_OF_LENS[view.dtype];
  const last = shape.reduce((sum, size, dimension) => sum + (size - 1) * (used[dimension] ?? 1), start);
  if (!(last < capacity)) {
    const reason = `${label} of shape ${shownShape(shape)} at offset ${start} needs ${last + 1} elements; ` +
      `storage ${shown(region.name)} has ${capacity}`;
    throw new LensFileError("tensor.bounds", reason);
  }
  if (repeats(shape, used)) {
    const reason = `${label} of shape ${shownShape(shape)} and strides ${shownShape(strides)} shows an element twice`;
    throw new LensFileError("tensor.bounds", reason);
  }
  return { ...view, strides: used };
}

/** With the smallest stride first, each stride must pass all that the smaller ones reach. */
function repeats(shape: readonly number[], strides: readonly number[]): boolean {
  const steps = strides.map((stride, dimension) => ({ stride, size: shape[dimension] ?? 1 }))
    .filter(({ size }) => size > 1).sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const { stride, size } of steps) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
}

export function elementCount(tensor: StridedTensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

/** Distance from the first to the last element, plus one. */
export function spanOf({ shape, strides }: StridedTensor): number {
  return shape.reduce((sum, size, dimension) => sum + (size - 1) * (strides[dimension] ?? 1), 1);
}

/** Row-major without gaps, as safetensors has it. */
export function isContiguous({ shape, strides }: StridedTensor): boolean {
  let expected = 1;
  for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
    if (shape[dimension] !== 1 && strides[dimension] !== expected) return false;
    expected *= shape[dimension] ?? 1;
  }
  return true;
}
