import { join } from "node:path";
import type { FiledJob, JobFiles } from "./job_files.ts";
import { type JobRecord, JobStoreError } from "./types.ts";

const LOCK_NAME = "record.lock";
/** A process that stands still (stopped, or its disk is) holds its locks: nobody waits longer for it. */
const LONGEST_WAIT_MS = 10_000;
const MOST_PAUSE_MS = 50;

/** What the folders of jobs say, changed by several processes: one at a time, by a lock that the system frees with its process. */
export class SharedRecords {
  constructor(readonly files: JobFiles) {}

  /**
   * Does something to a job that no other process changes meanwhile.
   * @param work is given what its folder says, and what replaces that, durably
   * @throws {JobStoreError} notFound, away
   */
  async locked<T>(
    id: string,
    work: (job: FiledJob, replace: (record: JobRecord) => Promise<JobRecord>) => Promise<T>,
  ): Promise<T> {
    using _lock = await lockFile(join(this.files.folder(id), LOCK_NAME), () => gone(id));
    const job = await this.files.read(id);
    if (job === null) throw gone(id);
    return await work(job, async (record) => {
      await this.files.write({ ...job, record });
      return record;
    });
  }
}

/**
 * Waits for the lock of a file, which is made if it is not there.
 * @param missing what is thrown where its folder is not there
 */
export async function lockFile(path: string, missing: () => Error): Promise<Disposable> {
  const file = await Deno.open(path, { create: true, write: true, mode: 0o600 }).catch((error) => {
    throw error instanceof Deno.errors.NotFound ? missing() : error;
  });
  try {
    const deadline = performance.now() + LONGEST_WAIT_MS;
    for (let pause = 1; !await file.tryLock(true); pause = Math.min(MOST_PAUSE_MS, pause * 2)) {
      if (performance.now() > deadline) {
        throw new JobStoreError("away", "another process holds the job and does not go on");
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function gone(id: string): JobStoreError {
  return new JobStoreError("notFound", `there is no job ${id}`);
}
