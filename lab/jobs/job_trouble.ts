import { isNoRoom, isUnwritable } from "./job_disk.ts";
import { JobStoreError } from "./types.ts";

const NO_ROOM = "there is no room on the disk for jobs";
const UNWRITABLE = "the folder of jobs cannot be written";

/** What keeps the jobs from going on, from the failure that showed it until something is written again. */
export class JobTrouble {
  #why: string | null = null;

  get why(): string | null {
    return this.#why;
  }

  /** Something was written. */
  over(): void {
    this.#why = null;
  }

  /** What a failure is for whoever asked: of the disk {JobStoreError} noRoom or away, of anything else what it is. */
  refusal(error: unknown): unknown {
    if (!isNoRoom(error) && !isUnwritable(error)) return error;
    const [kind, why] = isNoRoom(error) ? ["noRoom", NO_ROOM] as const : ["away", UNWRITABLE] as const;
    this.#why = why;
    return new JobStoreError(kind, why, { cause: error });
  }
}
