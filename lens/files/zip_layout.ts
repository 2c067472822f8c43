import { LensFileError, shown } from "./lens_file_error.ts";
import { readBytes, type Source } from "./source.ts";
import type { ZipRecord } from "./zip_directory.ts";

/** What the central directory says of one record. */
export interface DirectoryEntry {
  readonly name: string;
  readonly rawName: Uint8Array;
  /** First byte of the local header in the file. */
  readonly headerOffset: number;
  /** Bytes of data, stored as they are. */
  readonly length: number;
  readonly crc32: number;
}

// APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9.
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR = 0x08074b50;
const HAS_DESCRIPTOR = 1 << 3;
/** Sizes and offset then stand in the ZIP64 extra field. */
const IN_ZIP64 = 0xffffffff;

/**
 * Reads every local header and holds the file to one sequence without gaps: header, data, descriptor, next header, …,
 * central directory. So no two records share bytes, no byte is unowned, and the data lie where both headers say.
 *
 * @param directoryOffset first byte of the central directory
 * @throws {LensFileError} rule `zip.structure`
 */
export async function checkLayout(
  source: Source,
  entries: readonly DirectoryEntry[],
  directoryOffset: number,
): Promise<ZipRecord[]> {
  const sorted = entries.toSorted((a, b) => a.headerOffset - b.headerOffset);
  const records: ZipRecord[] = [];
  let end = 0;
  for (const [index, entry] of sorted.entries()) {
    if (entry.headerOffset !== end) {
      const what = entry.headerOffset < end ? "overlaps the record before it" : "follows bytes that no record owns";
      throw new LensFileError(
        "zip.structure",
        `record \`${shown(entry.name)}\` ${what} (at byte ${entry.headerOffset})`,
      );
    }
    const next = sorted[index + 1]?.headerOffset ?? directoryOffset;
    const { dataOffset, descriptor } = await readLocalHeader(source, entry, next);
    const dataEnd = dataOffset + entry.length;
    if (dataEnd > next) {
      const reason = `record \`${
        shown(entry.name)
      }\` says ${entry.length} bytes; it overlaps what follows at byte ${next}`;
      throw new LensFileError("zip.structure", reason);
    }
    await checkDescriptor(source, entry, dataEnd, next - dataEnd, descriptor);
    records.push({ name: entry.name, offset: dataOffset, length: entry.length, crc32: entry.crc32 });
    end = next;
  }
  return records;
}

async function readLocalHeader(
  source: Source,
  entry: DirectoryEntry,
  limit: number,
): Promise<{ dataOffset: number; descriptor: boolean }> {
  const { headerOffset, rawName } = entry;
  const headerBytes = LOCAL_HEADER_BYTES + rawName.length;
  if (headerOffset + headerBytes > limit) throw disagrees(entry, "its local header overlaps what follows it");
  const bytes = await readBytes(source, headerOffset, headerBytes);
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== LOCAL_HEADER) {
    throw disagrees(entry, "no local header lies where the central directory says");
  }
  const descriptor = (view.getUint16(6, true) & HAS_DESCRIPTOR) !== 0;
  if ((view.getUint16(6, true) & 1) !== 0) {
    throw disagrees(entry, "its local header says encrypted, the central directory does not");
  }
  if (view.getUint16(8, true) !== 0) {
    throw disagrees(entry, "its local header says compressed, the central directory does not");
  }
  const sameName = view.getUint16(26, true) === rawName.length &&
    rawName.every((byte, at) => byte === bytes[LOCAL_HEADER_BYTES + at]);
  if (!sameName) throw disagrees(entry, "its local header has another name than the central directory");
  const facts: [number, number][] = [[14, entry.crc32], [18, entry.length], [22, entry.length]];
  for (const [at, expected] of facts) {
    const stated = view.getUint32(at, true);
    const deferred = descriptor && stated === 0 || at !== 14 && stated === IN_ZIP64;
    if (!deferred && stated !== expected) {
      throw disagrees(entry, "its local header has another CRC or size than the central directory");
    }
  }
  // The central directory has extra fields of its own; torch pads the local one so that the data are aligned.
  return { dataOffset: headerOffset + headerBytes + view.getUint16(28, true), descriptor };
}

async function checkDescriptor(
  source: Source,
  entry: DirectoryEntry,
  offset: number,
  length: number,
  expected: boolean,
): Promise<void> {
  if (length === 0) return;
  if (!expected || ![12, 16, 20, 24].includes(length)) {
    throw new LensFileError(
      "zip.structure",
      `${length} bytes after record \`${shown(entry.name)}\` belong to no record`,
    );
  }
  const bytes = await readBytes(source, offset, length);
  const view = new DataView(bytes.buffer);
  const signed = length === 16 || length === 24;
  const at = signed ? 4 : 0;
  const wide = length >= 20;
  const size = (from: number) => wide ? Number(view.getBigUint64(from, true)) : view.getUint32(from, true);
  const agrees = (!signed || view.getUint32(0, true) === DESCRIPTOR) && view.getUint32(at, true) === entry.crc32 &&
    size(at + 4) === entry.length && size(at + (wide ? 12 : 8)) === entry.length;
  if (!agrees) throw disagrees(entry, "its data descriptor has another CRC or size than the central directory");
}

function disagrees(entry: DirectoryEntry, what: string): LensFileError {
  return new LensFileError("zip.structure", `record \`${shown(entry.name)}\`: ${what}`);
}
