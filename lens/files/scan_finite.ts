import { crc32 } from "node:zlib";
import type { LensFile } from "./lens_file.ts";
import { LensFileError, shown, shownShape } from "./lens_file_error.ts";
import { matrixOf, readRows, type Words, wordsOf } from "./read_rows.ts";
import type { Source } from "./source.ts";
import {
  BYTES_OF_LENS,
  elementCount,
  type LensDType,
  type Region,
  spanOf,
  type StridedTensor,
} from "./strided_tensor.ts";
import { crcDiffers } from "./torch_file.ts";

/** One read; two are in memory at a time. */
const PIECE_BYTES = 1024 * 1024;

export interface ScanOptions {
  /** Aborts between two pieces, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads every byte of the lens' records once, in file order: CRC-32 where the container has one, and no NaN, infinity or
 * number beyond float32 where a tensor looks. What no tensor shows may be anything.
 *
 * @throws {LensFileError} rules `zip.crc`, and `tensor.value` naming tensor and index
 */
export async function scanFinite({ contents, source }: LensFile, { signal }: ScanOptions = {}): Promise<void> {
  const views = new Map<Region, StridedTensor[]>();
  const tensors = [...contents.tensors.values()].flatMap(({ weight, bias }) =>
    bias === undefined ? [weight] : [weight, bias]
  );
  for (const tensor of [...tensors, ...contents.spare]) {
    views.set(tensor.region, [...views.get(tensor.region) ?? [], tensor]);
  }
  for (const region of contents.regions) {
    const shownHere = views.get(region) ?? [];
    const solid = shownHere.filter((tensor) => spanOf(tensor) === elementCount(tensor));
    await scanRegion(source, region, solid, signal);
    for (const tensor of distinct(shownHere)) {
      if (!solid.includes(tensor)) await scanGapped(source, tensor, signal);
    }
  }
}

/** One pass over a region: its CRC, and the elements that tensors without gaps show. */
async function scanRegion(
  source: Source,
  region: Region,
  solid: readonly StridedTensor[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (region.crc32 === null && solid.length === 0) return;
  const dtype: LensDType = solid[0]?.dtype ?? "F16";
  const width = BYTES_OF_LENS[dtype];
  const ranges = union(solid);
  let crc = 0;
  let bad: number | null = null;
  for await (const { bytes, offset } of pieces(source, region)) {
    signal?.throwIfAborted();
    if (region.crc32 !== null) crc = crc32(bytes, crc);
    if (bad !== null) continue;
    const words = wordsOf(dtype, bytes.buffer, 0, Math.floor(bytes.length / width));
    const first = offset / width;
    for (const { from, to } of ranges) {
      const found = firstNotFinite(words, dtype, Math.max(0, from - first), Math.min(words.length, to - first));
      if (found === null) continue;
      bad = first + found;
      break;
    }
  }
  // A damaged file is damaged first, whatever its numbers look like.
  if (region.crc32 !== null && crc !== region.crc32) throw crcDiffers(region.name);
  if (bad !== null) throw notFinite(solid, bad);
}

/** Pieces of a region, the next one being read while the present one is looked at. */
async function* pieces(
  source: Source,
  region: Region,
): AsyncGenerator<{ bytes: Uint8Array<ArrayBuffer>; offset: number }> {
  const largest = Math.min(PIECE_BYTES, region.length);
  const buffers = [new ArrayBuffer(largest), new ArrayBuffer(largest < region.length ? largest : 0)];
  const read = async (offset: number, turn: number) => {
    const bytes = new Uint8Array(
      buffers[turn % 2] ?? new ArrayBuffer(0),
      0,
      Math.min(PIECE_BYTES, region.length - offset),
    );
    await source.read(bytes, region.offset + offset);
    return { bytes, offset };
  };
  let next = read(0, 0);
  for (let offset = 0, turn = 1; offset < region.length; offset += PIECE_BYTES, turn++) {
    const piece = await next;
    if (offset + PIECE_BYTES < region.length) {
      next = read(offset + PIECE_BYTES, turn);
      next.catch(() => {}); // Looked at in the next turn, if there is one.
    }
    yield piece;
  }
}

/** Element ranges that at least one of the tensors shows, in rising order. */
function union(solid: readonly StridedTensor[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  const sorted = solid.map((tensor) => ({ from: tensor.start, to: tensor.start + spanOf(tensor) })).sort((a, b) =>
    a.from - b.from
  );
  for (const range of sorted) {
    const before = ranges.at(-1);
    if (before !== undefined && range.from <= before.to) before.to = Math.max(before.to, range.to);
    else ranges.push(range);
  }
  return ranges;
}

/** A tensor whose elements do not lie side by side, by rows. */
async function scanGapped(source: Source, tensor: StridedTensor, signal: AbortSignal | undefined): Promise<void> {
  const { rows, columns } = matrixOf(tensor);
  const atOnce = Math.max(1, Math.floor(16 * PIECE_BYTES / (columns * BYTES_OF_LENS[tensor.dtype])));
  for (let from = 0; from < rows; from += atOnce) {
    signal?.throwIfAborted();
    const words = await readRows(source, tensor, from, Math.min(rows, from + atOnce));
    const found = firstNotFinite(words, tensor.dtype, 0, words.length);
    if (found !== null) throw valueError(tensor, [from + Math.floor(found / columns), found % columns]);
  }
}

function distinct(tensors: readonly StridedTensor[]): StridedTensor[] {
  return [
    ...new Map(tensors.map((tensor) => [JSON.stringify([tensor.start, tensor.shape, tensor.strides]), tensor]))
      .values(),
  ];
}

/** Bits of the exponent: all of them set is NaN or infinity. */
const EXPONENT = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 } as const;
const FLOAT32_MAX = 3.4028234663852886e38;

/** Index of the first word in [from, to) that is no finite float32; null where all are. */
function firstNotFinite(words: Words, dtype: LensDType, from: number, to: number): number | null {
  if (dtype === "F64") {
    for (let at = from; at < to; at++) if (!(Math.abs(words[at]!) <= FLOAT32_MAX)) return at;
    return null;
  }
  const mask = EXPONENT[dtype];
  for (let at = from; at < to; at++) if ((words[at]! & mask) === mask) return at;
  return null;
}

/** Names the first tensor that shows the element, and where. */
function notFinite(solid: readonly StridedTensor[], element: number): LensFileError {
  const tensor = solid.find((one) => element >= one.start && element < one.start + spanOf(one));
  if (tensor === undefined) return new LensFileError("tensor.value", `element ${element} is not a finite number`);
  const index = tensor.shape.map(() => 0);
  let rest = element - tensor.start;
  const byStride = tensor.strides.map((stride, dimension) => ({ stride, dimension })).sort((a, b) =>
    b.stride - a.stride
  );
  for (const { stride, dimension } of byStride) {
    if (tensor.shape[dimension] === 1) continue;
    index[dimension] = Math.floor(rest / stride);
    rest %= stride;
  }
  return valueError(tensor, index);
}

function valueError(tensor: StridedTensor, index: readonly number[]): LensFileError {
  const at = index.slice(-tensor.shape.length);
  const reason = `tensor \`${shown(tensor.name)}\` is not finite (NaN, infinity, or beyond float32) at ${
    shownShape(at)
  }`;
  return new LensFileError("tensor.value", reason);
}
