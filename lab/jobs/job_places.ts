import type { Quotas } from "../keys/caller.ts";
import { JobStoreError } from "./types.ts";

/** Holds each key to the unfinished jobs that it may have, those that are being sent included. */
export class JobPlaces {
  readonly #creating = new Map<string | null, number>();

  /**
   * A place for a job that is being sent, until disposed: it is an unfinished one then, or nothing.
   * @param unfinished how many the owner has
   * @throws {JobStoreError} quota
   */
  take(owner: string | null, { jobsQueued = Infinity }: Quotas, unfinished: number): Disposable {
    const creating = this.#creating.get(owner) ?? 0;
    if (unfinished + creating >= jobsQueued) {
      const message = `the key ${owner} has ${jobsQueued} unfinished jobs and may have no more: wait for one`;
      throw new JobStoreError("quota", message);
    }
    this.#creating.set(owner, creating + 1);
    return {
      [Symbol.dispose]: () => {
        const left = this.#creating.get(owner)! - 1;
        if (left === 0) this.#creating.delete(owner);
        else this.#creating.set(owner, left);
      },
    };
  }
}
