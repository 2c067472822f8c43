import type { DType } from "../../model/checkpoint/tensor_source.ts";
import { widen } from "../../model/checkpoint/widen.ts";
import type { Source } from "./source.ts";
import { BYTES_OF_LENS, elementCount, isContiguous, type LensDType, type StridedTensor } from "./strided_tensor.ts";

/** One piece of a strided read, in bytes. */
const PIECE_BYTES = 1024 * 1024;

/** Stored numbers as unsigned words (float64 as itself): a copy changes no bit of a finite number. */
export type Words = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Words of `dtype` over a buffer of their own. */
export function wordsOf(dtype: LensDType, buffer: ArrayBuffer, offset: number, count: number): Words {
  if (dtype === "F64") return new Float64Array(buffer, offset, count);
  return dtype === "F32" ? new Uint32Array(buffer, offset, count) : new Uint16Array(buffer, offset, count);
}

/**
 * Rows `from` up to `to` of a tensor in row-major order, as stored. A vector is one row.
 * The memory beside the result is one piece, whatever the strides.
 *
 * @returns [to − from, columns] words
 */
export async function readRows(source: Source, tensor: StridedTensor, from: number, to: number): Promise<Words> {
  const width = BYTES_OF_LENS[tensor.dtype];
  const { columns } = matrixOf(tensor);
  const rows = to - from;
  const buffer = new ArrayBuffer(rows * columns * width);
  const out = wordsOf(tensor.dtype, buffer, 0, rows * columns);
  const { rowStride, columnStride } = matrixOf(tensor);
  const first = tensor.start + from * rowStride;
  if (isContiguous(tensor)) {
    await source.read(new Uint8Array(buffer), tensor.region.offset + first * width);
    return out;
  }
  const byRow = rowStride >= columnStride;
  await gather(source, tensor, first, out, {
    outer: byRow ? rows : columns,
    inner: byRow ? columns : rows,
    outerStride: byRow ? rowStride : columnStride,
    innerStride: byRow ? columnStride : rowStride,
    outerStep: byRow ? columns : 1,
    innerStep: byRow ? 1 : columns,
  });
  return out;
}

interface Walk {
  /** Counts, strides in the file (elements) and steps in the result; the outer dimension has the larger stride. */
  readonly outer: number;
  readonly inner: number;
  readonly outerStride: number;
  readonly innerStride: number;
  readonly outerStep: number;
  readonly innerStep: number;
}

/** Reads runs in the order in which they lie, several at once where the gaps between them are small. */
async function gather(source: Source, tensor: StridedTensor, first: number, out: Words, walk: Walk): Promise<void> {
  const width = BYTES_OF_LENS[tensor.dtype];
  const pieceElements = PIECE_BYTES / width;
  const innerAtOnce = Math.max(1, Math.min(walk.inner, Math.floor((pieceElements - 1) / walk.innerStride) + 1));
  const run = (innerAtOnce - 1) * walk.innerStride + 1;
  const dense = innerAtOnce === walk.inner && walk.outerStride <= 4 * run;
  const outerAtOnce = dense ? Math.max(1, Math.floor((pieceElements - run) / walk.outerStride) + 1) : 1;
  const buffer = new ArrayBuffer(((Math.min(outerAtOnce, walk.outer) - 1) * walk.outerStride + run) * width);
  for (let o = 0; o < walk.outer; o += outerAtOnce) {
    const outers = Math.min(outerAtOnce, walk.outer - o);
    for (let i = 0; i < walk.inner; i += innerAtOnce) {
      const inners = Math.min(innerAtOnce, walk.inner - i);
      const count = (outers - 1) * walk.outerStride + (inners - 1) * walk.innerStride + 1;
      const at = first + o * walk.outerStride + i * walk.innerStride;
      await source.read(new Uint8Array(buffer, 0, count * width), tensor.region.offset + at * width);
      const piece = wordsOf(tensor.dtype, buffer, 0, count);
      for (let p = 0; p < outers; p++) {
        let to = (o + p) * walk.outerStep + i * walk.innerStep;
        let word = p * walk.outerStride;
        for (let q = 0; q < inners; q++, to += walk.innerStep, word += walk.innerStride) out[to] = piece[word] ?? 0;
      }
    }
  }
}

/** A matrix as it is, a vector as one row. */
export function matrixOf(
  { shape, strides }: StridedTensor,
): { rows: number; columns: number; rowStride: number; columnStride: number } {
  const columns = shape.at(-1) ?? 1;
  const columnStride = strides.at(-1) ?? 1;
  const isMatrix = shape.length > 1;
  return {
    rows: isMatrix ? shape[0] ?? 1 : 1,
    columns,
    rowStride: isMatrix ? strides[0] ?? 1 : columns * columnStride,
    columnStride,
  };
}

/** The whole tensor as float32 in row-major order; float64 is rounded. */
export async function readFloat32(source: Source, tensor: StridedTensor): Promise<Float32Array<ArrayBuffer>> {
  const { rows, columns } = matrixOf(tensor);
  if (tensor.dtype === "F32") return new Float32Array((await readRows(source, tensor, 0, rows)).buffer);
  const out = new Float32Array(elementCount(tensor));
  const rowsAtOnce = Math.max(1, Math.floor(16 * PIECE_BYTES / (columns * BYTES_OF_LENS[tensor.dtype])));
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const words = await readRows(source, tensor, from, Math.min(rows, from + rowsAtOnce));
    out.set(asFloat32(words, tensor.dtype), from * columns);
  }
  return out;
}

/** Stored words as float32: exact for all but float64, which is rounded. */
export function asFloat32(words: Words, dtype: LensDType): Float32Array<ArrayBuffer> {
  if (words instanceof Float64Array) return new Float32Array(words);
  return widen(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), dtype as DType);
}
