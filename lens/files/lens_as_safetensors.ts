import { writeSafetensorsHeader } from "../../model/checkpoint/write_safetensors_header.ts";
import type { LensContents, LensFile } from "./lens_file.ts";
import { asFloat32, matrixOf, readRows } from "./read_rows.ts";
import type { Source } from "./source.ts";
import { BYTES_OF_LENS, elementCount, isContiguous, type LensDType, type StridedTensor } from "./strided_tensor.ts";

/** A lens as a safetensors file that is made while it is read. */
export interface SafetensorsBytes {
  /** Bytes in all, known beforehand. */
  readonly length: number;
  /** Length prefix and JSON header; the values follow it. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Bytes `from` up to `to` of the file, in pieces of a few megabytes; only what they need is read. */
  read(from: number, to: number): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** Values that are made at once: rows side by side are cheap, rows across the file's order want few passes. */
const BLOCK_BYTES = 1024 * 1024;
const GAPPED_BLOCK_BYTES = 16 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly tensor: StridedTensor;
  readonly dtype: Exclude<LensDType, "F64">;
  /** The diagonal is one less than stored: a full map in the residual form. */
  readonly lessIdentity: boolean;
}

/**
 * A lens in this service's keys, whatever its dialect: `{i}.weight` and `{i}.bias` in the residual form, or `J.{l}`.
 * Stored numbers are kept bit for bit; those that change (full maps, float64) become float32. Reading the result gives
 * the same translators, layers and remarks.
 */
export function lensAsSafetensors({ contents, source }: LensFile): SafetensorsBytes {
  const entries = plan(contents);
  const shapes = entries.map(({ name, dtype, tensor }) => ({ name, dtype, shape: tensor.shape }));
  const header = writeSafetensorsHeader(shapes, metadataOf(contents));
  const length = entries.reduce((sum, entry) => sum + bytesOf(entry), header.length);
  return {
    length,
    header,
    async *read(from, to) {
      if (from < header.length) yield header.slice(from, Math.min(to, header.length));
      let at = header.length;
      for (const entry of entries) {
        const end = at + bytesOf(entry);
        if (from < end && to > at) yield* values(source, entry, Math.max(0, from - at), Math.min(end, to) - at);
        at = end;
      }
    },
  };
}

function plan({ kind, form, tensors }: LensContents): Entry[] {
  const entries: Entry[] = [];
  for (const [layer, { weight, bias }] of tensors) {
    const lessIdentity = form === "full_map";
    const name = kind === "jacobian" ? `J.${layer}` : `${layer}.weight`;
    entries.push({ name, tensor: weight, dtype: written(lessIdentity ? "F32" : weight.dtype), lessIdentity });
    if (bias !== undefined) {
      entries.push({ name: `${layer}.bias`, tensor: bias, dtype: written(bias.dtype), lessIdentity: false });
    }
  }
  // Wider numbers first, so that each tensor is aligned.
  return entries.sort((a, b) => BYTES_OF_LENS[b.dtype] - BYTES_OF_LENS[a.dtype]);
}

function written(dtype: LensDType): Entry["dtype"] {
  return dtype === "F64" ? "F32" : dtype;
}

function bytesOf({ tensor, dtype }: Entry): number {
  return elementCount(tensor) * BYTES_OF_LENS[dtype];
}

/** Metadata is strings: whatever else the file said is JSON text. */
function metadataOf({ kind, layers, provenance }: LensContents): Record<string, string> {
  const remarks = Object.entries(provenance).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const complete = layers.every((layer, at) => layer === at);
  const stated: [string, string][] = kind === "jacobian"
    ? [["source_layers", JSON.stringify(layers)]]
    : complete
    ? []
    : [["layers", JSON.stringify(layers)]];
  return Object.fromEntries([["format", "pt"], ...remarks, ...stated]);
}

/** Bytes `from` up to `to` of one tensor's values, row block by row block. */
async function* values(
  source: Source,
  entry: Entry,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { tensor, dtype } = entry;
  const { rows, columns } = matrixOf(tensor);
  const rowBytes = columns * BYTES_OF_LENS[dtype];
  const block = isContiguous(tensor) ? BLOCK_BYTES : GAPPED_BLOCK_BYTES;
  const atOnce = Math.max(1, Math.floor(block / rowBytes));
  for (let row = Math.floor(from / rowBytes); row * rowBytes < to; row += atOnce) {
    const end = Math.min(rows, row + atOnce, Math.ceil(to / rowBytes));
    const bytes = await rowsOf(source, entry, row, end);
    const start = row * rowBytes;
    yield bytes.subarray(Math.max(0, from - start), Math.min(bytes.length, to - start));
  }
}

async function rowsOf(source: Source, entry: Entry, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  const { tensor, dtype, lessIdentity } = entry;
  const words = await readRows(source, tensor, from, to);
  if (dtype === tensor.dtype && !lessIdentity) return new Uint8Array(words.buffer);
  const floats = asFloat32(words, tensor.dtype);
  if (lessIdentity) {
    const { columns } = matrixOf(tensor);
    for (let row = from; row < to; row++) {
      const diagonal = (row - from) * columns + row;
      floats[diagonal] = (floats[diagonal] ?? 0) - 1;
    }
  }
  return new Uint8Array(floats.buffer);
}
