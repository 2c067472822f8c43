import { LRUCache } from "lru-cache";
import { readFile } from "node:fs/promises";
import { absent, stampOf } from "./file_stamp.ts";
import { digestNamedIn, isNewerRecord, parseRecord } from "./record_file.ts";
import type { StoredLens } from "./stored_lens.ts";

/** What lies at a record's path. */
export type ReadRecord =
  | { readonly state: "absent" }
  | { readonly state: "read"; readonly stored: StoredLens }
  /** `newer`: by a service of a later version, which knows what it is. */
  | { readonly state: "unreadable"; readonly newer: boolean; readonly sha256: string | null; readonly reason: string };

/** Records remembered: those of lenses that are gone, and never asked for again, are forgotten in time. */
const REMEMBERED = 10_000;

/** Reads records, each again only when its file is another: what other processes write is seen. */
export class RecordReader {
  readonly #known = new LRUCache<string, { readonly stamp: string; readonly record: ReadRecord }>({ max: REMEMBERED });

  /** @param path of the record of lens `id` */
  async read(path: string, id: string): Promise<ReadRecord> {
    const stamp = await stampOf(path);
    const known = this.#known.get(path);
    if (stamp !== null && known?.stamp === stamp) return known.record;
    const text = stamp === null ? null : await readFile(path, "utf8").catch(absent);
    if (text === null) {
      this.#known.delete(path);
      return { state: "absent" };
    }
    const record = parse(text, id);
    // Replaced while it was read: the new file's stamp is another, so that the next look reads it.
    this.#known.set(path, { stamp: stamp!, record });
    return record;
  }
}

function parse(text: string, id: string): ReadRecord {
  try {
    return { state: "read", stored: parseRecord(text, id) };
  } catch (error) {
    const newer = isNewerRecord(text);
    const reason = newer ? "written by a newer version of this service" : (error as Error).message;
    return { state: "unreadable", newer, sha256: digestNamedIn(text), reason };
  }
}
