import type { Log } from "../../log/log.ts";
import type { Caller } from "./caller.ts";
import { readKeyFile } from "./key_file.ts";
import type { KeyRecord } from "./key_record.ts";
import { digestOf, sameDigest } from "./secret.ts";

/** How often the file is looked at: a revoked key is refused within this time. */
const LOOK_MS = 1000;

/** The keys of a running service: whoever has a secret of one is its caller. */
export class Keyring implements AsyncDisposable {
  readonly #path: string;
  readonly #log: Log;
  #records: readonly KeyRecord[];
  #seen: string;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> = Promise.resolve();

  private constructor(path: string, log: Log, records: readonly KeyRecord[], seen: string) {
    this.#path = path;
    this.#log = log;
    this.#records = records;
    this.#seen = seen;
  }

  /**
   * Reads the file, and again whenever it changes. One that became unreadable leaves the keys as they were, and is logged.
   * @throws {KeyFileError}
   */
  static async open(path: string, { log, lookMs = LOOK_MS }: { log: Log; lookMs?: number }): Promise<Keyring> {
    const seen = await fingerprint(path);
    const keyring = new Keyring(path, log, await readKeyFile(path), seen);
    keyring.#timer = setInterval(() => void (keyring.#looking = keyring.look()), lookMs);
    return keyring;
  }

  get ids(): string[] {
    return this.#records.map(({ id }) => id);
  }

  /** The caller whose secret this is; every key is compared, so that the time tells nothing. */
  authenticate(secret: string): Caller | null {
    const digest = digestOf(secret);
    let found: KeyRecord | null = null;
    for (const record of this.#records) if (sameDigest(record.sha256, digest)) found = record;
    return found && { id: found.id, role: found.role, quotas: found.quotas };
  }

  /** Looks now whether the file changed. */
  async look(): Promise<void> {
    const seen = await fingerprint(this.#path);
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      const before = new Map(this.#records.map((record) => [record.id, record.sha256]));
      this.#records = await readKeyFile(this.#path);
      const changed = this.#records.filter(({ id, sha256 }) => before.get(id) !== sha256).map(({ id }) => id);
      const gone = [...before.keys()].filter((id) => !this.#records.some((record) => record.id === id));
      this.#log.info("the keys changed: {changed} new or rotated, {gone} revoked", { changed, gone });
    } catch (error) {
      this.#log.error("{message}; the keys stay as they were", { message: (error as Error).message });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

/** What changes whenever the file does: it is replaced, never written over, by this program; others may write over it. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { ino, size, mtime } = await Deno.stat(path);
    return `${ino} ${size} ${mtime?.getTime()}`;
  } catch {
    return "";
  }
}
