import { stat } from "node:fs/promises";
import { CheckpointError } from "../../model/checkpoint/checkpoint_error.ts";
import { fileDigest } from "../../model/checkpoint/digest.ts";
import { DigestCache } from "../../model/checkpoint/digest_cache.ts";
import { LensFileError } from "../files/lens_file_error.ts";
import { lensEntry } from "./entry.ts";
import { examine, refused } from "./examine.ts";
import { stampOf } from "./file_stamp.ts";
import { findLensFile } from "./find_lens_file.ts";
import type { StoredLens } from "./stored_lens.ts";
import type { LensEntry, LensModel, LensRemarks } from "./types.ts";

interface ProcessLens {
  readonly stored: StoredLens;
  readonly file: string;
  readonly stamp: string;
}

/** Lenses that live as long as the process, read where they lie: `--lens`, and the demo's. */
export class ProcessLenses {
  readonly #lenses = new Map<string, ProcessLens>();

  /** @param cacheFolder where digests are remembered; null: every file is hashed */
  constructor(readonly cacheFolder: string | null) {}

  has(id: string): boolean {
    return this.#lenses.has(id);
  }

  entries(model: LensModel | null): Promise<LensEntry[]> {
    return Promise.all([...this.#lenses.values()].map((lens) => entryOf(lens, model)));
  }

  async entry(id: string, model: LensModel | null): Promise<LensEntry | null> {
    const lens = this.#lenses.get(id);
    return lens === undefined ? null : await entryOf(lens, model);
  }

  /** @throws {LensLibraryError} kind `refusedFile` */
  async add(id: string, path: string, remarks: LensRemarks, model: LensModel | null): Promise<void> {
    try {
      const { file, config } = await findLensFile(path);
      const said = { ...(config !== null && { config }), ...remarks };
      const stamp = await stampOf(file);
      const examined = await examine(file, said, { model, scan: true });
      const { size, mtime } = await stat(file);
      const sha256 = await fileDigest(file, this.cacheFolder === null ? null : await this.#digests(this.cacheFolder));
      const { note = null, shared = true } = remarks;
      const createdAt = mtime.toISOString();
      this.#lenses.set(id, {
        file,
        stamp: stamp ?? "",
        stored: { id, sha256, bytes: size, createdAt, note, owner: null, shared, ...examined },
      });
    } catch (error) {
      throw refused(error instanceof CheckpointError ? new LensFileError("file", error.message) : error);
    }
  }

  async #digests(folder: string): Promise<DigestCache> {
    return this.#cache ??= await DigestCache.open(folder);
  }
  #cache: DigestCache | null = null;
}

async function entryOf({ stored, file, stamp }: ProcessLens, model: LensModel | null): Promise<LensEntry> {
  const hold = () => ({ [Symbol.dispose]: () => {} });
  const entry = lensEntry({ stored, model, file, persistent: false, hold });
  if (await stampOf(file) === stamp) return entry;
  // Its bytes are nobody's to keep: what was read of them may not be true of what lies there now.
  const reason = "its file has changed since the service started; start it anew";
  return { ...entry, lens: null, match: { match: "none", reason, unembedHashMatch: "unknown" } };
}
