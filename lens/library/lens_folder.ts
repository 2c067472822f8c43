import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { type Disk, localDisk, lockFile, type NewFile } from "./disk.ts";
import { Holds } from "./holds.ts";
import { writeRecord } from "./record_file.ts";
import { absent } from "./file_stamp.ts";
import { type ReadRecord, RecordReader } from "./record_reader.ts";
import type { StoredLens } from "./stored_lens.ts";
import { LENS_ID, LensLibraryError } from "./types.ts";

const RECORD_NAME = /^(?<id>[^/]+)\.json$/;

/**
 * The folder of uploaded lenses, which processes may share (architecture.md, Lenses on disk):
 * `blobs/<sha256>` the bytes as uploaded, `ids/<id>.json` one record a name, `incoming/` what is being written,
 * `set-aside/` what did not fit together. Every change of blobs and ids is made under one lock of the folder; bytes are
 * durable before the record that names them.
 */
export class LensFolder {
  readonly blobs: string;
  readonly ids: string;
  readonly incoming: string;
  readonly setAside: string;
  readonly #records = new RecordReader();
  readonly holds = new Holds((sha256) => this.#released(sha256));
  /** Digests whose blobs are being removed at this moment. */
  readonly #going = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(readonly path: string, readonly log: Log, readonly disk: Disk = localDisk) {
    this.blobs = join(path, "blobs");
    this.ids = join(path, "ids");
    this.incoming = join(path, "incoming");
    this.setAside = join(path, "set-aside");
  }

  blob(sha256: string): string {
    return join(this.blobs, sha256);
  }

  recordPath(id: string): string {
    return join(this.ids, `${id}.json`);
  }

  /** Ids of all records, readable or not, sorted. */
  async names(): Promise<string[]> {
    const found = await readdir(this.ids).catch(absent) ?? [];
    const names = found.map((name) => RECORD_NAME.exec(name)?.groups?.id ?? "");
    return names.filter((id) => LENS_ID.test(id)).sort();
  }

  read(id: string): Promise<ReadRecord> {
    return this.#records.read(this.recordPath(id), id);
  }

  /** null where there is none that can be read. */
  async stored(id: string): Promise<StoredLens | null> {
    const record = await this.read(id);
    return record.state === "read" ? record.stored : null;
  }

  async all(): Promise<StoredLens[]> {
    const records = await Promise.all((await this.names()).map((id) => this.stored(id)));
    return records.filter((record) => record !== null);
  }

  /** One change at a time, of all processes on the folder. */
  async locked<T>(change: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    await before;
    try {
      using _lock = await lockFile(join(this.path, "lock"));
      return await change();
    } finally {
      mine.resolve();
    }
  }

  /** A new file to write to, of which nothing is visible. */
  async create(): Promise<{ readonly path: string; readonly file: NewFile }> {
    const path = join(this.incoming, randomUUID());
    // Under the lock: whoever clears the folder sees it with its own lock on, or not at all.
    return await this.locked(() => this.#create(path));
  }

  /** Writes a page and takes it away again. @throws what the disk refuses */
  async tryWriting(): Promise<void> {
    const { path, file } = await this.create();
    try {
      await file.write(new Uint8Array(4096));
      await file.sync();
    } finally {
      file.close();
      await this.disk.remove(path).catch(this.#leave);
    }
  }

  /**
   * Puts a lens in place of what has its id; under {@link locked}. `incoming` is its whole file, already durable, or null
   * where only what is said of it has changed.
   */
  async publish(lens: StoredLens, incoming: string | null): Promise<void> {
    const replaced = await this.stored(lens.id);
    const temporary = join(this.incoming, randomUUID());
    try {
      await this.#writeNew(temporary, writeRecord(lens));
      if (incoming !== null) {
        // Also where the same bytes are there: should they have spoiled, they are whole again.
        await this.disk.rename(incoming, this.blob(lens.sha256));
        await this.disk.syncFolder(this.blobs);
      }
      await this.disk.rename(temporary, this.recordPath(lens.id));
      await this.disk.syncFolder(this.ids);
    } catch (error) {
      await this.disk.remove(temporary).catch(this.#leave);
      throw error;
    } finally {
      await this.#collect(lens.sha256, replaced?.sha256);
    }
  }

  /** Takes a lens away; under {@link locked}. */
  async unpublish({ id, sha256 }: StoredLens): Promise<void> {
    try {
      await this.disk.remove(this.recordPath(id));
      await this.disk.syncFolder(this.ids);
    } finally {
      await this.#collect(sha256);
    }
  }

  /** Digests that records name; null where one cannot be read that does not even tell its digest. */
  async digestsInUse(): Promise<Set<string> | null> {
    const digests = new Set<string>();
    for (const id of await this.names()) {
      const record = await this.read(id);
      if (record.state === "read") digests.add(record.stored.sha256);
      else if (record.state === "unreadable" && record.sha256 !== null) digests.add(record.sha256);
      else if (record.state === "unreadable") return null;
    }
    return digests;
  }

  /**
   * Keeps a lens' file until disposed.
   * @throws {LensLibraryError} kind `notFound` where it has just gone
   */
  hold({ id, sha256 }: StoredLens): Disposable {
    if (this.#going.has(sha256) || !existsSync(this.blob(sha256))) {
      throw new LensLibraryError("notFound", `the lens ${id} has just been replaced or deleted; ask again`);
    }
    return this.holds.hold(sha256);
  }

  /** Is the file there, at its length? */
  async hasBlob({ sha256, bytes }: Pick<StoredLens, "sha256" | "bytes">): Promise<boolean> {
    const found = await stat(this.blob(sha256)).catch(absent);
    return found !== null && found.isFile() && found.size === bytes;
  }

  async #create(path: string): Promise<{ readonly path: string; readonly file: NewFile }> {
    try {
      return { path, file: await this.disk.create(path) };
    } catch (error) {
      await this.disk.remove(path).catch(this.#leave);
      throw error;
    }
  }

  async #writeNew(path: string, text: string): Promise<void> {
    const { file } = await this.#create(path);
    try {
      await file.write(new TextEncoder().encode(text));
      await file.sync();
    } finally {
      file.close();
    }
  }

  /** Removes blobs that no record names and nobody here holds. What cannot be removed now, the next start will. */
  async #collect(...digests: readonly (string | undefined)[]): Promise<void> {
    try {
      const used = await this.digestsInUse();
      for (const sha256 of digests) {
        if (sha256 === undefined || used === null || used.has(sha256) || this.holds.postpones(sha256)) continue;
        this.#going.add(sha256);
        await this.disk.remove(this.blob(sha256)).finally(() => this.#going.delete(sha256));
      }
    } catch (error) {
      this.#leave(error);
    }
  }

  #released(sha256: string): Promise<void> {
    return this.locked(() => this.#collect(sha256)).catch(this.#leave);
  }

  readonly #leave = (error: unknown): void => {
    this.log.warn("a file of the lens folder could not be removed; the next start tries again", {
      cause: (error as Error)?.message,
    });
  };
}
