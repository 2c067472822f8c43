import { type JobDisk, localDisk } from "../job_disk.ts";

/** The local disk while it has room; then half of what is to be written is, and nothing is synced. */
export class FaultyDisk implements JobDisk {
  /** Steps until there is no room. */
  stepsLeft = Infinity;
  /** Steps that failed. */
  failed = 0;

  constructor(readonly code = "ENOSPC") {}

  async write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
    if (this.#fails()) {
      await localDisk.write(file, bytes.subarray(0, bytes.length / 2));
      throw this.#error("write");
    }
    await localDisk.write(file, bytes);
  }

  sync(file: Deno.FsFile): Promise<void> {
    return this.#fails() ? Promise.reject(this.#error("sync")) : localDisk.sync(file);
  }

  syncFolder(path: string): Promise<void> {
    return this.#fails() ? Promise.reject(this.#error("syncFolder")) : localDisk.syncFolder(path);
  }

  #fails(): boolean {
    const fails = --this.stepsLeft < 0;
    if (fails) this.failed++;
    return fails;
  }

  #error(step: string): Error {
    return Object.assign(new Error(`${step} fails`), { code: this.code });
  }
}
