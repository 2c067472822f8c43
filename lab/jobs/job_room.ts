import type { JobTable } from "./job_table.ts";
import { type JobLimits, JobStoreError } from "./types.ts";

export interface JobRoomParts {
  readonly table: JobTable;
  readonly limits: JobLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Bytes of results that are not in the table yet. */
  readonly resultBytes: () => number;
  /** Removes a finished job. */
  readonly discard: (id: string) => Promise<void>;
}

/** How much jobs take on disk, and how long finished ones are kept: what ended first goes first. */
export class JobRoom {
  #tabledBytes = 0;
  /** Of prompts that are being written. */
  #incomingBytes = 0;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(readonly parts: JobRoomParts) {
    this.count();
  }

  /** The table has changed. */
  count(): void {
    this.#tabledBytes = this.parts.table.bytes();
  }

  /** Room for prompts that are being written, until disposed: the table has them then, or nobody. */
  place(): Disposable & { takes(bytes: number): Promise<void> } {
    let taken = 0;
    const set = (bytes: number) => {
      this.#incomingBytes += bytes - taken;
      taken = bytes;
    };
    return {
      takes: (bytes) => {
        set(bytes);
        return this.make(0);
      },
      [Symbol.dispose]: () => set(0),
    };
  }

  /**
   * Sees to it that so many bytes more have room.
   * @throws {JobStoreError} full
   */
  async make(bytes: number): Promise<void> {
    if (this.#fits(bytes)) return;
    await this.sweep(bytes);
    if (this.#fits(bytes)) return;
    const { maxBytes } = this.parts.limits;
    throw new JobStoreError("full", `jobs may take ${maxBytes} bytes, and there is no finished one left to remove`);
  }

  /** Removes finished jobs that are too old and, while `more` bytes do not fit, those that ended first. One at a time. */
  sweep(more = 0): Promise<void> {
    const sweeping = this.#sweeping.then(() => this.#sweep(more));
    this.#sweeping = sweeping.catch(() => {});
    return sweeping;
  }

  settled(): Promise<void> {
    return this.#sweeping;
  }

  async #sweep(more: number): Promise<void> {
    const { table, now, limits: { keepMs }, discard } = this.parts;
    for (let first = table.firstFinished(); first !== null; first = table.firstFinished()) {
      const { id, finishedAt } = first.record;
      const old = now() - Date.parse(finishedAt!) > keepMs;
      if (!old && this.#fits(more)) return;
      await discard(id);
    }
  }

  #fits(more: number): boolean {
    return this.#tabledBytes + this.parts.resultBytes() + this.#incomingBytes + more <= this.parts.limits.maxBytes;
  }
}
