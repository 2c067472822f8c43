import { crc32 } from "node:zlib";
import { LensFileError, shown } from "./lens_file_error.ts";
import { MAX_PICKLE_BYTES, readPickle } from "./pickle.ts";
import type { PickleValue } from "./pickle_value.ts";
import { readBytes, type Source } from "./source.ts";
import type { ZipRecord } from "./zip_directory.ts";

/** What `torch.save` wrote, its storages still in the file. */
export interface TorchFile {
  readonly value: PickleValue;
  /** By the number in `data/{number}`. */
  readonly storages: ReadonlyMap<string, ZipRecord>;
}

/** Records of torch.save beside the pickle and the storages (PyTorch's caffe2/serialize/inline_container.cc). */
const SMALL_RECORDS: ReadonlySet<string> = new Set([
  "version",
  "byteorder",
  ".format_version",
  ".storage_alignment",
  ".data/serialization_id",
]);
const MAX_SMALL_BYTES = 256;

/**
 * Reads the pickle and sorts the other records of a torch ZIP.
 *
 * @throws {LensFileError} rules `zip.layout`, `zip.crc`, `pt.byteorder`, `pickle.*`
 */
export async function readTorchFile(source: Source, records: readonly ZipRecord[]): Promise<TorchFile> {
  const prefix = prefixOf(records);
  const storages = new Map<string, ZipRecord>();
  let pickle: ZipRecord | undefined;
  for (const record of records) {
    const name = record.name.slice(prefix.length);
    const storage = /^data\/([0-9]{1,9})$/.exec(name)?.[1];
    if (name === "data.pkl") pickle = record;
    else if (storage !== undefined) storages.set(storage, record);
    else if (!SMALL_RECORDS.has(name)) {
      throw new LensFileError("zip.layout", `record \`${shown(record.name)}\` is not part of a torch.save file`);
    } else {
      const bytes = await readChecked(source, record, MAX_SMALL_BYTES);
      if (name === "byteorder") checkByteOrder(bytes);
    }
  }
  if (pickle === undefined) {
    throw new LensFileError(
      "zip.layout",
      `the record ${shown(prefix)}data.pkl is missing: this is not a whole torch.save file`,
    );
  }
  return { value: readPickle(await readChecked(source, pickle, MAX_PICKLE_BYTES)), storages };
}

/** The one folder that all records lie in, with its slash. */
function prefixOf(records: readonly ZipRecord[]): string {
  const first = records[0]?.name ?? "";
  const prefix = first.slice(0, first.indexOf("/") + 1);
  const stray = records.find(({ name }) => prefix === "" || !name.startsWith(prefix));
  if (stray === undefined) return prefix;
  const reason = `record name \`${shown(stray.name)}\` is not below the one folder of a torch.save file (\`${
    shown(prefix)
  }\`)`;
  throw new LensFileError("zip.name", reason);
}

async function readChecked(source: Source, record: ZipRecord, maxBytes: number): Promise<Uint8Array> {
  if (record.length > maxBytes) {
    const reason = `record \`${shown(record.name)}\` has ${record.length} bytes; at most ${maxBytes} are read`;
    throw new LensFileError("zip.limit", reason);
  }
  const bytes = await readBytes(source, record.offset, record.length);
  if (crc32(bytes) !== record.crc32) throw crcDiffers(record.name);
  return bytes;
}

export function crcDiffers(record: string): LensFileError {
  return new LensFileError(
    "zip.crc",
    `the CRC-32 of record \`${shown(record)}\` is not the directory's: the file is damaged`,
  );
}

function checkByteOrder(bytes: Uint8Array): void {
  const order = new TextDecoder().decode(bytes).trim();
  if (order === "little") return;
  const reason = `byteorder is \`${
    shown(order)
  }\`; only little-endian files are read (big-endian: save it again on another machine)`;
  throw new LensFileError("pt.byteorder", reason);
}
