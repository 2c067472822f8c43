import { LensFileError } from "./lens_file_error.ts";
import { readBytes, type Source } from "./source.ts";

/** Where the central directory lies, and what lies in it. */
export interface DirectorySpan {
  readonly offset: number;
  /** Bytes that its entries take. */
  readonly length: number;
  readonly records: number;
}

// APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16.
const CENTRAL_HEADER_BYTES = 46;
const END_BYTES = 22;
const ZIP64_END_BYTES = 56;
const LOCATOR_BYTES = 20;
const IN_ZIP64_16 = 0xffff;
const IN_ZIP64_32 = 0xffffffff;

/**
 * Holds the directory to its own lengths, and what follows it to what torch and numpy write: the end record, before it
 * at most a ZIP64 end and its locator (torch writes them into small files too), all saying the same; no comment, nothing
 * between or after.
 *
 * @throws {LensFileError} rules `zip.eocd`, `zip.structure`
 */
export async function checkTail(source: Source, span: DirectorySpan): Promise<void> {
  await checkWalk(source, span);
  const start = span.offset + span.length;
  const length = source.size - start;
  const wide = length === ZIP64_END_BYTES + LOCATOR_BYTES + END_BYTES;
  if (!wide && length !== END_BYTES) {
    const reason = `${length} bytes follow the ZIP's central directory; an end record without comment has ${END_BYTES}`;
    throw new LensFileError("zip.eocd", reason);
  }
  const view = new DataView((await readBytes(source, start, length)).buffer);
  const agrees = endAgrees(view, length - END_BYTES, span, wide) && (!wide || zip64Agrees(view, span, start));
  if (!agrees) throw new LensFileError("zip.eocd", "the ZIP's end records and its central directory disagree");
}

function endAgrees(view: DataView, at: number, { offset, length, records }: DirectorySpan, wide: boolean): boolean {
  const is16 = (from: number, value: number) => {
    const stated = view.getUint16(at + from, true);
    return stated === value || wide && stated === IN_ZIP64_16;
  };
  const is32 = (from: number, value: number) => {
    const stated = view.getUint32(at + from, true);
    return stated === value || wide && stated === IN_ZIP64_32;
  };
  return view.getUint32(at, true) === 0x06054b50 && is16(4, 0) && is16(6, 0) && is16(8, records) && is16(10, records) &&
    is32(12, length) && is32(16, offset) && view.getUint16(at + 20, true) === 0;
}

function zip64Agrees(view: DataView, { offset, length, records }: DirectorySpan, start: number): boolean {
  const is64 = (from: number, value: number) => view.getBigUint64(from, true) === BigInt(value);
  const end = view.getUint32(0, true) === 0x06064b50 && is64(4, ZIP64_END_BYTES - 12) &&
    view.getUint32(16, true) === 0 &&
    view.getUint32(20, true) === 0 && is64(24, records) && is64(32, records) && is64(40, length) && is64(48, offset);
  const at = ZIP64_END_BYTES;
  const locator = view.getUint32(at, true) === 0x07064b50 && view.getUint32(at + 4, true) === 0 &&
    is64(at + 8, start) &&
    view.getUint32(at + 16, true) === 1;
  return end && locator;
}

/** The entries' stated lengths lead from one to the next and end with the last: zip.js cuts what reaches further. */
async function checkWalk(source: Source, { offset, length, records }: DirectorySpan): Promise<void> {
  const view = new DataView((await readBytes(source, offset, length)).buffer);
  let at = 0;
  for (let record = 0; record < records; record++) {
    if (at + CENTRAL_HEADER_BYTES > length || view.getUint32(at, true) !== 0x02014b50) break;
    at += CENTRAL_HEADER_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  if (at !== length) {
    throw new LensFileError("zip.structure", "the entries of the ZIP's central directory do not end where it does");
  }
}
