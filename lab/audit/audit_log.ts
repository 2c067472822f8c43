import { join } from "node:path";
import type { Log } from "../../log/log.ts";

/** What is worth knowing afterwards: who changed what, and who was refused. */
export type AuditEvent =
  | { readonly event: "lens.put" | "lens.patch" | "lens.delete" | "lens.import"; readonly lens: string }
  | { readonly event: "job.create" | "job.change" | "job.delete"; readonly job: string }
  | { readonly event: "keys.change"; readonly changed: readonly string[]; readonly revoked: readonly string[] }
  /** 401 or 403. */
  | { readonly event: "refused"; readonly problem: string; readonly method: string; readonly path: string };

/** Who did it, from where, in which request; null where nobody asked: a key file that changed. */
export interface AuditSource {
  readonly key: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** Bytes after which a new file is begun; the one before is kept as `audit.1.jsonl`. */
const FILE_BYTES = 64 * 2 ** 20;

/**
 * Appends one JSON object a line to `<folder>/audit.jsonl`. Lines of several processes do not mix: each is one write to a
 * file opened for appending. What cannot be written is logged, and stops nobody.
 */
export class AuditLog implements AsyncDisposable {
  readonly #folder: string;
  readonly #log: Log;
  readonly #fileBytes: number;
  #tail: Promise<void> = Promise.resolve();

  constructor(folder: string, { log, fileBytes = FILE_BYTES }: { log: Log; fileBytes?: number }) {
    this.#folder = folder;
    this.#log = log;
    this.#fileBytes = fileBytes;
  }

  get path(): string {
    return join(this.#folder, "audit.jsonl");
  }

  write(event: AuditEvent, { key, address, requestId }: AuditSource): void {
    const line = JSON.stringify({ time: new Date().toISOString(), key, address, request_id: requestId, ...event }) +
      "\n";
    this.#tail = this.#tail.then(() => this.#append(line)).catch((error) => {
      this.#log.error("the audit log cannot be written: {error}", { error: (error as Error).message });
    });
  }

  async #append(line: string): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const bytes = new TextEncoder().encode(line);
    {
      using file = await Deno.open(this.path, { append: true, create: true, mode: 0o600 });
      await file.write(bytes);
      if ((await file.stat()).size < this.#fileBytes) return;
    }
    await Deno.rename(this.path, join(this.#folder, "audit.1.jsonl"));
  }

  /** Waits for what is on its way to the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
  }
}
