import { randomUUID } from "node:crypto";
import { join } from "node:path";

const NAME = "file-digests.json";
const VERSION = 1;
/** Most files remembered; the oldest go first. */
const MAX_FILES = 1024;
const MAX_CACHE_BYTES = 4 * 1024 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

/** What a file looked like when it was hashed. */
export interface FileStamp {
  readonly size: number;
  /** Modification time in nanoseconds since 1970, in decimal. */
  readonly modified: string;
}

interface Remembered extends FileStamp {
  readonly sha256: string;
}

/**
 * SHA-256 of files by path, size and modification time, kept in one JSON file of a cache folder. A cache that is missing,
 * damaged or cannot be written costs time, never a failure.
 */
export class DigestCache {
  readonly #files: Map<string, Remembered>;
  #changed = false;

  private constructor(readonly folder: string, files: Map<string, Remembered>) {
    this.#files = files;
  }

  static async open(folder: string): Promise<DigestCache> {
    return new DigestCache(folder, await load(join(folder, NAME)));
  }

  /** @returns 64 hexadecimal digits, or null where the file is unknown or has changed */
  get(path: string, stamp: FileStamp): string | null {
    const known = this.#files.get(path);
    return known !== undefined && known.size === stamp.size && known.modified === stamp.modified ? known.sha256 : null;
  }

  set(path: string, stamp: FileStamp, sha256: string): void {
    this.#files.delete(path);
    this.#files.set(path, { size: stamp.size, modified: stamp.modified, sha256 });
    this.#changed = true;
  }

  /** Writes what is new: into a temporary file, then renamed, so that a reader sees the old cache or the new one. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    const temporary = join(this.folder, `${NAME}.${randomUUID()}.tmp`);
    try {
      await Deno.mkdir(this.folder, { recursive: true });
      const files = [...this.#files].slice(-MAX_FILES);
      await Deno.writeTextFile(temporary, JSON.stringify({ version: VERSION, files }), { createNew: true });
      await Deno.rename(temporary, join(this.folder, NAME));
      this.#changed = false;
    } catch {
      await Deno.remove(temporary).catch(() => {});
    }
  }
}

async function load(path: string): Promise<Map<string, Remembered>> {
  try {
    if ((await Deno.stat(path)).size > MAX_CACHE_BYTES) return new Map();
    const json = JSON.parse(await Deno.readTextFile(path));
    if (json.version !== VERSION || !Array.isArray(json.files)) return new Map();
    return new Map(json.files.filter(isEntry));
  } catch {
    return new Map();
  }
}

function isEntry(entry: unknown): entry is [string, Remembered] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
  const { size, modified, sha256 } = entry[1] ?? {};
  return Number.isSafeInteger(size) && typeof modified === "string" && typeof sha256 === "string" &&
    SHA256.test(sha256);
}
