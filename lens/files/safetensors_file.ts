import { CheckpointError } from "../../model/checkpoint/checkpoint_error.ts";
import { decodeUtf8 } from "../../model/checkpoint/read_json_file.ts";
import { parseSafetensorsHeader } from "../../model/checkpoint/safetensors_header.ts";
import { parseStrictJson } from "../../model/checkpoint/strict_json.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import { readBytes, type Source } from "./source.ts";
import { BYTES_OF_LENS, type LensDType, type Region, type StridedTensor, stridedTensor } from "./strided_tensor.ts";

/** Little-endian u64 before the header: its length. */
const PREFIX_BYTES = 8;
/** A lens of 1,000 layers takes 250 kB. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;

/** Named tensors and what the container says beside them. */
export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, StridedTensor>;
  /** `__metadata__`; {} for a container without. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly regions: readonly Region[];
}

/** Does the file begin as safetensors does: a header length, then a JSON object? */
export function looksLikeSafetensors(start: Uint8Array): boolean {
  return start[PREFIX_BYTES] === 0x7b;
}

/**
 * The tensors of a safetensors file.
 *
 * @throws {LensFileError} rules `st.header`, `st.json`, `tensor.dtype`, `tensor.shape`
 */
export async function readSafetensors(source: Source): Promise<NamedTensors> {
  const prefix = await readBytes(source, 0, PREFIX_BYTES);
  const stated = new DataView(prefix.buffer).getBigUint64(0, true);
  const available = Math.min(MAX_HEADER_BYTES, source.size - PREFIX_BYTES);
  if (stated > BigInt(available)) {
    const reason =
      `the safetensors header is said to be ${stated} bytes long; the file has ${source.size}, and at most ` +
      `${MAX_HEADER_BYTES} are read (truncated?)`;
    throw new LensFileError("st.header", reason);
  }
  const length = Number(stated);
  const header = inLensWords(await readBytes(source, PREFIX_BYTES, length), PREFIX_BYTES + length, source.size);
  const tensors = new Map<string, StridedTensor>();
  const regions: Region[] = [];
  for (const { name, dtype, shape, offset, length } of header.entries.values()) {
    if (!isLensDType(dtype)) {
      throw new LensFileError(
        "tensor.dtype",
        `tensor \`${shown(name)}\` has the dtype ${dtype}; F32, F16, BF16 and F64 are read`,
      );
    }
    const region: Region = { name, offset, length, crc32: null };
    regions.push(region);
    tensors.set(name, stridedTensor({ name, dtype, shape, strides: rowMajor(shape), start: 0, region }));
  }
  return { tensors, metadata: Object.fromEntries(header.metadata), regions };
}

function inLensWords(bytes: Uint8Array, dataStart: number, fileSize: number) {
  try {
    const json = parseStrictJson(decodeUtf8(bytes, "header"), "header");
    return parseSafetensorsHeader(json, "header", dataStart, fileSize);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new LensFileError(error.rule === "json" ? "st.json" : "st.header", `safetensors header: ${error.reason}`);
  }
}

function isLensDType(dtype: string): dtype is LensDType {
  return Object.hasOwn(BYTES_OF_LENS, dtype);
}

/** Strides of a row-major tensor without gaps. */
export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, dimension) => shape.slice(dimension + 1).reduce((product, size) => product * size, 1));
}
