import { type Entry, Reader, ZipReader } from "@zip.js/zip.js";
import { LensFileError, shown } from "./lens_file_error.ts";
import { readBytes, type Source } from "./source.ts";
import { checkLayout, type DirectoryEntry } from "./zip_layout.ts";
import { checkTail } from "./zip_tail.ts";

/** Largest piece zip.js may ask for: the central directory of {@link MAX_RECORDS} records with long names. */
const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024;
/** A lens of 1,000 layers has 2,000 records and a few more. */
const MAX_RECORDS = 8_192;
/** torch joins the file's own stem, `/data/` and a number. */
const MAX_NAME_BYTES = 512;

const CENTRAL_HEADER_BYTES = 46;
/**
 * What zip.js (in its strict mode, an error) calls a ZIP64 end record in a file that could do without, as every one of
 * torch's; {@link checkTail} looks at those bytes itself.
 */
const ZIP64_WARNING = "trailing central directory data";

/** One stored record of a ZIP: its bytes lie in the file as they are. */
export interface ZipRecord {
  readonly name: string;
  /** First byte of the data in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** As the central directory says; not yet compared with the data. */
  readonly crc32: number;
}

/**
 * The records of a ZIP file in the order in which they lie.
 *
 * zip.js finds and parses the central directory, ZIP64 included. What it does not check before it unpacks a record is
 * checked here by small reads of our own ({@link checkTail}, {@link checkLayout}): torch files are read in place, so that
 * the local headers, their lengths and every byte between the records count.
 *
 * @throws {LensFileError} rules `zip.*`
 */
export async function readZipDirectory(source: Source): Promise<ZipRecord[]> {
  const bounded = new BoundedReader(source);
  const reader = new ZipReader(bounded, { maxAppendedDataSize: 0, filenameValidation: "strict" });
  const entries: DirectoryEntry[] = [];
  const names = new Set<string>();
  let length = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entries.length === MAX_RECORDS) throw new LensFileError("zip.limit", `more than ${MAX_RECORDS} records`);
      checkEntry(entry);
      if (names.has(entry.filename)) {
        throw new LensFileError("zip.name", `duplicate record: \`${shown(entry.filename)}\` is there twice`);
      }
      names.add(entry.filename);
      length += CENTRAL_HEADER_BYTES + entry.rawFilename.length + entry.rawExtraField.length + entry.rawComment.length;
      entries.push({
        name: entry.filename,
        rawName: entry.rawFilename,
        headerOffset: entry.offset,
        length: entry.uncompressedSize,
        // Only AE-2 encrypted entries have none, and encrypted ones were refused.
        crc32: entry.crc32 ?? 0,
      });
    }
  } catch (error) {
    throw bounded.refusal ?? (error instanceof LensFileError ? error : inOurWords(error));
  }
  const offset = reader.directoryOffset ?? 0;
  await checkTail(source, { offset, length, records: entries.length });
  const records = await checkLayout(source, entries, offset);
  const doubt = reader.warnings?.find(({ reason }) => reason !== ZIP64_WARNING);
  if (doubt !== undefined) throw new LensFileError("zip.structure", `ambiguous ZIP: ${shown(doubt.reason)}`);
  return records;
}

function checkEntry(entry: Entry): void {
  const { filename, rawFilename, compressionMethod, encrypted, compressedSize, uncompressedSize } = entry;
  checkName(filename, rawFilename);
  if (encrypted) throw new LensFileError("zip.method", `record \`${shown(filename)}\` is encrypted`);
  if (compressionMethod !== 0) {
    const how = compressionMethod === 8 ? "deflated" : `compressed with method ${compressionMethod}`;
    throw new LensFileError("zip.method", `record \`${shown(filename)}\` is ${how} (compressed); it must be stored`);
  }
  if (compressedSize !== uncompressedSize) {
    const reason = `record \`${
      shown(filename)
    }\` is stored, but its two sizes differ: ${compressedSize}, ${uncompressedSize}`;
    throw new LensFileError("zip.structure", reason);
  }
}

function checkName(name: string, raw: Uint8Array): void {
  const plain = raw.length <= MAX_NAME_BYTES && !/[\p{C}\\:]/u.test(name) &&
    name.split("/").every((part) => part !== "" && part !== "." && part !== "..") &&
    sameBytes(new TextEncoder().encode(name), raw);
  if (!plain) {
    throw new LensFileError(
      "zip.name",
      `record name \`${shown(name)}\` is not a plain relative path (no .., no empty part)`,
    );
  }
}

/** Not so where the name comes from an extra field (Info-ZIP Unicode Path), or is no UTF-8. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Holds zip.js to what a directory needs: it reads the whole directory at once, whatever size the file states. */
class BoundedReader extends Reader<Source> {
  readonly #source: Source;
  refusal: LensFileError | null = null;

  constructor(source: Source) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const end = Math.min(index + length, this.size);
    if (!(index >= 0) || !(end > index)) return new Uint8Array();
    if (end - index > MAX_DIRECTORY_BYTES) {
      const reason = `the central directory would be ${end - index} bytes; at most ${MAX_DIRECTORY_BYTES} are read`;
      throw this.refusal = new LensFileError("zip.limit", reason);
    }
    return await readBytes(this.#source, index, end - index);
  }
}

/** zip.js' messages, by the sentence that helps here; never verbatim. */
function inOurWords(error: unknown): LensFileError {
  const message = error instanceof Error ? error.message : "";
  if (message === "End of central directory not found" || message === "File format is not recognized") {
    const reason = "no end of central directory where the ZIP should end: the file is truncated or incomplete";
    return new LensFileError("zip.eocd", reason);
  }
  if (message === "Unsafe filename") {
    const name = (error as { filename?: unknown }).filename;
    const shownName = typeof name === "string" ? ` \`${shown(name)}\`` : "";
    return new LensFileError("zip.name", `record name${shownName} is not a plain relative path (no .., no empty part)`);
  }
  if (message.startsWith("Ambiguous archive")) {
    const reason = "ambiguous ZIP: bytes before or after it, or more than one end of central directory";
    return new LensFileError("zip.eocd", reason);
  }
  return new LensFileError("zip.structure", "the ZIP's central directory is malformed");
}
