import type { Log } from "../../log/log.ts";
import type { Caller } from "./caller.ts";
import { readKeyFile } from "./key_file.ts";
import type { KeyRecord } from "./key_record.ts";
import { digestOf, sameDigest } from "./secret.ts";

/** How often the file is looked at: a revoked key is refused within this time. */
const LOOK_MS = 1000;

/** Ids of keys that are new, rotated or changed, and of those that are gone. */
export interface KeysChange {
  readonly changed: readonly string[];
  readonly revoked: readonly string[];
}

export interface KeyringOptions {
  readonly log: Log;
  readonly onChange?: (change: KeysChange) => void;
  readonly lookMs?: number;
}

/** The keys of a running service: whoever has a secret of one is its caller. */
export class Keyring implements AsyncDisposable {
  readonly #path: string;
  readonly #log: Log;
  readonly #onChange: (change: KeysChange) => void;
  #records: readonly KeyRecord[];
  #seen: string;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    { log, onChange = () => {} }: KeyringOptions,
    records: readonly KeyRecord[],
    seen: string,
  ) {
    this.#path = path;
    this.#log = log;
    this.#onChange = onChange;
    this.#records = records;
    this.#seen = seen;
  }

  /**
   * Reads the file, and again whenever it changes. One that became unreadable leaves the keys as they were, and is logged.
   * @throws {KeyFileError}
   */
  static async open(path: string, options: KeyringOptions): Promise<Keyring> {
    const { lookMs = LOOK_MS } = options;
    const seen = await fingerprint(path);
    const keyring = new Keyring(path, options, await readKeyFile(path), seen);
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

  /** What a key may now; null where there is none of that id. */
  callerOf(id: string): Caller | null {
    const found = this.#records.find((record) => record.id === id);
    return found ? { id, role: found.role, quotas: found.quotas } : null;
  }

  /** Looks now whether the file changed. */
  async look(): Promise<void> {
    const seen = await fingerprint(this.#path);
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      const before = new Map(this.#records.map((record) => [record.id, JSON.stringify(record)]));
      this.#records = await readKeyFile(this.#path);
      const changed = this.#records.filter((record) => before.get(record.id) !== JSON.stringify(record)).map(({ id }) =>
        id
      );
      const revoked = [...before.keys()].filter((id) => !this.#records.some((record) => record.id === id));
      this.#log.info("the keys changed: {changed} new or changed, {revoked} revoked", { changed, revoked });
      this.#onChange({ changed, revoked });
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
