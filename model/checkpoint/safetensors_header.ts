import { CheckpointError, quoted } from "./checkpoint_error.ts";

/** One tensor of a safetensors file, of any dtype the format knows: row-major, little-endian, contiguous. */
export interface SafetensorsEntry {
  readonly name: string;
  /** As written, e.g. `F32`, `BF16`, `I64`; what is of use is the caller's to narrow. */
  readonly dtype: string;
  /** Outermost dimension first; [] is a scalar. */
  readonly shape: readonly number[];
  /** First byte of the values, counted from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface SafetensorsHeader {
  /** In the order of the file's bytes. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bytes of one value of each dtype of the format. (Its sub-byte types are left out: nothing here reads them.) */
export const SAFETENSORS_BYTES_OF: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};

export const METADATA_KEY = "__metadata__";
const ENTRY_KEYS = ["dtype", "shape", "data_offsets"];
/** Most dimensions of one tensor. */
const MAX_DIMENSIONS = 8;

/**
 * Checks a parsed header against the size of its file.
 *
 * @param json the header
 * @param file base name, for messages
 * @param dataStart first byte after the header
 * @param fileSize bytes
 * @throws {CheckpointError} rules `st.header`, `st.tensor`, `st.bytes`
 */
export function parseSafetensorsHeader(
  json: unknown,
  file: string,
  dataStart: number,
  fileSize: number,
): SafetensorsHeader {
  if (!isObject(json)) throw new CheckpointError("st.header", file, "the header must be a JSON object");
  const metadata = parseMetadata(json[METADATA_KEY], file);
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name !== METADATA_KEY) entries.push(parseEntry(name, value, file, dataStart));
  }
  entries.sort((a, b) => a.offset - b.offset || a.length - b.length);
  checkBytes(entries, file, dataStart, fileSize);
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

function parseMetadata(value: unknown, file: string): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isObject(value)) throw new CheckpointError("st.header", file, `${METADATA_KEY} must be an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new CheckpointError("st.header", file, `${METADATA_KEY}.${key} is ${quoted(text)}; it must be a string`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function parseEntry(name: string, value: unknown, file: string, dataStart: number): SafetensorsEntry {
  const fault = (reason: string) => new CheckpointError("st.tensor", file, `tensor ${quoted(name)}: ${reason}`);
  if (!isObject(value)) throw fault("its entry must be an object");
  const other = Object.keys(value).find((key) => !ENTRY_KEYS.includes(key));
  if (other !== undefined) throw fault(`unknown key ${quoted(other)}; an entry has ${ENTRY_KEYS.join(", ")}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(SAFETENSORS_BYTES_OF, dtype)) {
    throw fault(`dtype ${quoted(dtype)} is not known; ${Object.keys(SAFETENSORS_BYTES_OF).join(", ")} are`);
  }
  if (!isCounts(shape) || shape.length > MAX_DIMENSIONS) {
    throw fault(`shape ${quoted(shape)} must be a list of at most ${MAX_DIMENSIONS} whole numbers from 0`);
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fault(`data_offsets ${quoted(offsets)} must be two whole numbers, begin and end`);
  }
  const [begin, end] = offsets as [number, number];
  const length = shape.reduce((product, size) => product * size, 1) * SAFETENSORS_BYTES_OF[dtype]!;
  // Beyond 2^53 the product is not exact, but then no file has room for it, and it cannot equal a safe difference.
  if (end - begin !== length || !Number.isSafeInteger(length)) {
    throw fault(`data_offsets ${quoted(offsets)} span ${end - begin} bytes; ${dtype} ${quoted(shape)} takes ${length}`);
  }
  return { name, dtype, shape, offset: dataStart + begin, length };
}

/** @param entries in the order of their bytes */
function checkBytes(entries: readonly SafetensorsEntry[], file: string, dataStart: number, fileSize: number): void {
  const fault = (reason: string) => new CheckpointError("st.bytes", file, reason);
  let at = dataStart;
  let before = "the header";
  for (const entry of entries) {
    const name = `tensor ${quoted(entry.name)}`;
    if (entry.offset < at) throw fault(`${name} overlaps ${before}: no byte may belong to two tensors`);
    if (entry.offset > at) throw fault(`${entry.offset - at} unowned bytes between ${before} and ${name}`);
    const width = SAFETENSORS_BYTES_OF[entry.dtype]!;
    if (entry.offset % width !== 0) {
      throw fault(
        `${name} is unaligned: it begins at byte ${entry.offset}, ${entry.dtype} needs a multiple of ${width} ` +
          `(saving it again with safetensors 0.3 or newer pads the header)`,
      );
    }
    at += entry.length;
    before = name;
    if (at > fileSize) throw fault(`truncated: ${name} ends at byte ${at}, the file at ${fileSize}`);
  }
  if (at < fileSize) throw fault(`${fileSize - at} unowned bytes after ${before}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
