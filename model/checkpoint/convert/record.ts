import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openRegular, readExactly } from "../exact_read.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import type { Written } from "./run_job.ts";
import { RECORD_FILE, VALUES_FILE } from "./weights_folder.ts";

/** Bytes that are hashed at a time. */
const CHUNK_BYTES = 16 * 2 ** 20;

/** What was written, beside it: how a later start knows the file for the one that was finished. */
export interface WeightsRecord {
  /** `sha256:<hex>` of the model. */
  readonly digest: string;
  /** The model's name for people. */
  readonly id: string;
  readonly precision: string;
  readonly size: number;
  /** Modification time in nanoseconds since 1970, in decimal. */
  readonly modified: string;
  readonly tensors: Written;
}

export async function writeRecord(
  folder: string,
  { digest, id, precision, tensors }: Pick<WeightsRecord, "digest" | "id" | "precision" | "tensors">,
): Promise<void> {
  const record: WeightsRecord = { digest, id, precision, ...await stamp(folder), tensors };
  const temporary = join(folder, `${RECORD_FILE}.${crypto.randomUUID()}.tmp`);
  await Deno.writeTextFile(temporary, JSON.stringify(record), { createNew: true });
  await Deno.rename(temporary, join(folder, RECORD_FILE));
}

/** @returns null where there is none, or it is not one */
export async function readRecord(folder: string): Promise<WeightsRecord | null> {
  try {
    const record = JSON.parse(await Deno.readTextFile(join(folder, RECORD_FILE)));
    return typeof record.tensors === "object" && typeof record.digest === "string" ? record : null;
  } catch {
    return null;
  }
}

/**
 * Whether the file is the one that was written: by size and time, or, where a copy has another time, by the digest of
 * every tensor; that is then remembered.
 */
export async function isIntact(folder: string, record: WeightsRecord): Promise<boolean> {
  try {
    const { size, modified } = await stamp(folder);
    if (size !== record.size) return false;
    if (modified === record.modified) return true;
    if (!await sameTensors(join(folder, VALUES_FILE), record.tensors)) return false;
  } catch {
    return false;
  }
  await writeRecord(folder, record).catch(() => {});
  return true;
}

async function sameTensors(path: string, expected: Written): Promise<boolean> {
  const { entries } = await readSafetensorsHeader(path);
  if (entries.size !== Object.keys(expected).length) return false;
  const { file } = await openRegular(path);
  using _closed = file;
  for (const { name, offset, length } of entries.values()) {
    const hash = createHash("sha256");
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      const bytes = new Uint8Array(Math.min(CHUNK_BYTES, length - at));
      await readExactly(file, VALUES_FILE, offset + at, bytes);
      hash.update(bytes);
    }
    if (hash.digest("hex") !== expected[name]) return false;
  }
  return true;
}

async function stamp(folder: string): Promise<{ readonly size: number; readonly modified: string }> {
  const { size, mtimeNs } = await stat(join(folder, VALUES_FILE), { bigint: true });
  return { size: Number(size), modified: String(mtimeNs) };
}
