import type { JobFiles } from "./job_files.ts";
import { isFinal, type JobLimits, type JobRecord, type JobState, JobStoreError, type NewJob } from "./types.ts";

/** What the sum of all jobs' bytes is good for, in milliseconds; what this process adds meanwhile is counted at once. */
const GOOD_MS = 5000;

interface Final {
  readonly record: JobRecord;
  readonly bytes: number;
}

/** What all jobs of a shared folder are and take, whoever made them: read from the folders, the finished ones once. */
export class SharedJobs {
  readonly #final = new Map<string, Final>();
  #sum = { at: -Infinity, bytes: 0 };

  constructor(readonly files: JobFiles, readonly limits: JobLimits, readonly now: () => number) {}

  /** The unfinished ones, oldest first. Their counts are not what is done. */
  async unfinished(): Promise<JobRecord[]> {
    const ids = await this.files.ids();
    const known = new Set(ids);
    for (const id of this.#final.keys()) if (!known.has(id)) this.#final.delete(id);
    const unfinished: JobRecord[] = [];
    for (const id of ids) {
      if (this.#final.has(id)) continue;
      const job = await this.files.read(id);
      if (job === null) continue;
      if (!isFinal(job.record.state)) unfinished.push(job.record);
      else this.#final.set(id, { record: job.record, bytes: job.promptBytes + await this.#resultBytes(id) });
    }
    return unfinished;
  }

  /**
   * @param made a job that counts as not there: it is the one that asks
   * @throws {JobStoreError} quota
   */
  async checkQuota({ owner, caller: { quotas: { jobsQueued = Infinity } } }: NewJob, made?: string): Promise<void> {
    if (jobsQueued === Infinity) return;
    const unfinished = (await this.unfinished()).filter((job) => job.owner === owner && job.id !== made).length;
    if (unfinished < jobsQueued) return;
    const message = `the key ${owner} has ${jobsQueued} unfinished jobs and may have no more: wait for one`;
    throw new JobStoreError("quota", message);
  }

  async counts(): Promise<Record<JobState, number>> {
    const counts: Record<JobState, number> = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    for (const { state } of await this.unfinished()) counts[state]++;
    for (const { record: { state } } of this.#final.values()) counts[state]++;
    return counts;
  }

  /** Finished jobs that are too old and, while `more` bytes do not fit, those that ended first. */
  async superfluous(more = 0): Promise<string[]> {
    let bytes = await this.#bytes(true) + more;
    const { keepMs, maxBytes } = this.limits;
    const ended = [...this.#final.values()].sort((a, b) => a.record.finishedAt! < b.record.finishedAt! ? -1 : 1);
    const superfluous: string[] = [];
    for (const { record, bytes: its } of ended) {
      if (this.now() - Date.parse(record.finishedAt!) <= keepMs && bytes <= maxBytes) break;
      superfluous.push(record.id);
      bytes -= its;
    }
    return superfluous;
  }

  /**
   * Sees to it that so many bytes more have room.
   * @param discard removes a finished job
   * @throws {JobStoreError} full
   */
  async makeRoom(more: number, discard: (id: string) => Promise<void>): Promise<void> {
    const { maxBytes } = this.limits;
    if (await this.#bytes() + more > maxBytes) {
      for (const id of await this.superfluous(more)) await discard(id);
      if (await this.#bytes(true) + more > maxBytes) {
        throw new JobStoreError("full", `jobs may take ${maxBytes} bytes, and there is no finished one left to remove`);
      }
    }
    this.#sum.bytes += more;
  }

  async #bytes(anew = false): Promise<number> {
    if (!anew && performance.now() - this.#sum.at < GOOD_MS) return this.#sum.bytes;
    let bytes = 0;
    for (const { id } of await this.unfinished()) {
      bytes += (await this.files.read(id))?.promptBytes ?? 0;
      bytes += await this.#resultBytes(id);
    }
    for (const final of this.#final.values()) bytes += final.bytes;
    this.#sum = { at: performance.now(), bytes };
    return bytes;
  }

  async #resultBytes(id: string): Promise<number> {
    return await Deno.stat(this.files.paths(id).results).then(({ size }) => size, () => 0);
  }
}
