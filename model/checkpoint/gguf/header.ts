import { basename } from "node:path";
import { CheckpointError, quoted } from "../checkpoint_error.ts";
import { openRegular, readExactly } from "../exact_read.ts";
import { describeForeign, MAGIC_BYTES } from "../magic.ts";
import { BLOCK_TYPES, type BlockType, typeName } from "./block_types.ts";
import { GgufCursor, NeedsMore } from "./cursor.ts";
import { GgufMetadata } from "./metadata.ts";
import { type GgufValue, readValue } from "./metadata_value.ts";

/** One tensor of a GGUF file. */
export interface GgufTensor {
  /** As the file names it, e.g. `blk.0.attn_q.weight`. */
  readonly name: string;
  readonly type: BlockType;
  /** Outermost dimension first; the innermost is a whole number of blocks. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface GgufHeader {
  readonly metadata: GgufMetadata;
  /** In the order of the file's bytes. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Bytes read at first: most headers. A vocabulary of 256,000 with its merges takes about 12 MB. */
const FIRST_READ_BYTES = 8 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_KEYS = 10_000;
const MAX_TENSORS = 20_000;
const MAX_NAME_CHARACTERS = 512;
const MAX_DIMENSIONS = 4;
const VERSIONS = [2, 3];
const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 1 << 20;

/**
 * Reads metadata and tensor table of a GGUF file, version 2 or 3, little-endian, and nothing of its values. Strict: no key
 * twice, every tensor of a known type, aligned, inside the file, and no byte owned by two or none.
 *
 * Not @huggingface/gguf: that keeps the last of two equal keys, cuts a string off where its buffer ends, and cannot read a
 * header above 50 MB; what would have to be checked before it reads is all that it reads.
 *
 * @throws {CheckpointError} rules `file`, `magic`, `gguf.*`
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const name = basename(path);
  const { file, size } = await openRegular(path);
  using _closed = file;
  for (let limit = FIRST_READ_BYTES;; limit *= 2) {
    const bytes = new Uint8Array(Math.min(size, limit));
    await readExactly(file, name, 0, bytes);
    try {
      return parseGgufHeader(new GgufCursor(bytes, size, name));
    } catch (error) {
      if (!(error instanceof NeedsMore)) throw error;
      if (limit >= MAX_HEADER_BYTES) {
        throw new CheckpointError("gguf.limit", name, `the header is longer than ${MAX_HEADER_BYTES} bytes`);
      }
    }
  }
}

/** @throws {NeedsMore} where the cursor's bytes end inside the header and the file does not */
export function parseGgufHeader(cursor: GgufCursor): GgufHeader {
  checkMagic(cursor);
  const tensorCount = cursor.count("the number of tensors", 1, MAX_TENSORS);
  const keyCount = cursor.count("the number of metadata keys", 1, MAX_KEYS);
  const metadata = readMetadata(cursor, keyCount);
  const entries = readEntries(cursor, tensorCount);
  const alignment = metadata.integer("general.alignment", { min: 1, max: MAX_ALIGNMENT }, DEFAULT_ALIGNMENT);
  if (!Number.isInteger(Math.log2(alignment))) throw metadata.wrong("general.alignment", "a power of two");
  return { metadata, tensors: placed(cursor, entries, alignment) };
}

function checkMagic(cursor: GgufCursor): void {
  const start = cursor.bytes.subarray(0, MAGIC_BYTES);
  const foreign = describeForeign(start);
  if (foreign !== null) throw cursor.fault("magic", `this is ${foreign}`);
  const magic = [...start.subarray(0, 4)].map((byte) => String.fromCharCode(byte)).join("");
  if (magic !== "GGUF") {
    throw cursor.fault(
      "gguf.magic",
      `begins with ${quoted(magic)}, not with the magic bytes "GGUF" (an older format?)`,
    );
  }
  cursor.at = 4;
  const version = cursor.u32("the version");
  if ((version & 0xffff) === 0 && version !== 0) {
    throw cursor.fault("gguf.version", "a big-endian GGUF; only little-endian ones are read");
  }
  if (!VERSIONS.includes(version)) {
    throw cursor.fault("gguf.version", `GGUF version ${version}; ${VERSIONS.join(" and ")} are read`);
  }
}

function readMetadata(cursor: GgufCursor, count: number): GgufMetadata {
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = cursor.string(`that names metadata key ${i}`);
    if (key === "" || key.length > MAX_NAME_CHARACTERS) {
      throw cursor.fault("gguf.header", `metadata key ${i} is ${quoted(key)}: 1 to ${MAX_NAME_CHARACTERS} characters`);
    }
    if (values.has(key)) throw cursor.fault("gguf.header", `the duplicate metadata key ${quoted(key)}`);
    values.set(key, readValue(cursor, cursor.u32(key), quoted(key)));
  }
  return new GgufMetadata(values, cursor.file);
}

/** The tensor table; offsets still count from where the values begin. */
function readEntries(cursor: GgufCursor, count: number): GgufTensor[] {
  const entries = new Map<string, GgufTensor>();
  for (let i = 0; i < count; i++) {
    const entry = readEntry(cursor, i);
    if (entries.has(entry.name)) throw cursor.fault("gguf.tensor", `the duplicate tensor name ${quoted(entry.name)}`);
    entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

function readEntry(cursor: GgufCursor, index: number): GgufTensor {
  const name = cursor.string(`that names tensor ${index}`);
  const fault = (reason: string) => cursor.fault("gguf.tensor", `tensor ${quoted(name)}: ${reason}`);
  if (name === "" || name.length > MAX_NAME_CHARACTERS) throw fault(`1 to ${MAX_NAME_CHARACTERS} characters in a name`);
  const dimensions = cursor.u32(name);
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw fault(`${dimensions} dimensions; 1 to ${MAX_DIMENSIONS} are read`);
  }
  const sizes = Array.from({ length: dimensions }, () => cursor.u64(name));
  if (sizes.some((size) => size < 1n || size > BigInt(Number.MAX_SAFE_INTEGER))) {
    throw fault(`an impossible size, ${sizes}`);
  }
  const shape = sizes.map(Number).reverse();
  const number = cursor.u32(name);
  const type = BLOCK_TYPES.get(number);
  if (type === undefined) {
    const known = [...BLOCK_TYPES.values()].map((known) => known.name).join(", ");
    throw cursor.fault("gguf.type", `tensor ${quoted(name)} has the type ${typeName(number)}; ${known} are read`);
  }
  const offset = cursor.u64(name);
  if (shape.at(-1)! % type.weights !== 0) {
    throw fault(`rows of ${shape.at(-1)} weights; ${type.name} comes in blocks of ${type.weights}`);
  }
  const length = shape.reduce((product, size) => product * size, 1) / type.weights * type.bytes;
  if (offset > BigInt(cursor.fileSize) || length > cursor.fileSize) {
    throw cursor.fault(
      "gguf.bounds",
      `tensor ${quoted(name)} lies outside the file: ${length} bytes at offset ${offset} (truncated?)`,
    );
  }
  return { name, type, shape, offset: Number(offset), length };
}

function placed(cursor: GgufCursor, entries: GgufTensor[], alignment: number): Map<string, GgufTensor> {
  const pad = (at: number) => Math.ceil(at / alignment) * alignment;
  const fault = (reason: string) => cursor.fault("gguf.bounds", reason);
  const start = pad(cursor.at);
  const tensors = entries.map((entry) => ({ ...entry, offset: start + entry.offset }));
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length);
  for (const { name, offset, length } of tensors) {
    if (offset + length <= cursor.fileSize) continue;
    throw fault(
      `tensor ${quoted(name)} lies outside the file: it ends at byte ${offset + length} of ${cursor.fileSize}`,
    );
  }
  let at = cursor.at;
  let before = "the header";
  for (const { name, offset, length } of tensors) {
    const tensor = `tensor ${quoted(name)}`;
    if (offset < at) throw fault(`${tensor} overlaps ${before}: no byte may belong to two tensors`);
    if (offset % alignment !== 0) throw fault(`${tensor} is unaligned: byte ${offset} is no multiple of ${alignment}`);
    if (offset > pad(at)) throw fault(`${offset - at} unowned bytes between ${before} and ${tensor}`);
    at = offset + length;
    before = tensor;
  }
  if (pad(at) < cursor.fileSize) throw fault(`${cursor.fileSize - at} unowned bytes after ${before}`);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}
