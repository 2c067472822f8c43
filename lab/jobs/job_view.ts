import { isDeepStrictEqual } from "node:util";
import type { JobFiles } from "./job_files.ts";
import type { JobTable, TabledJob } from "./job_table.ts";
import { isFinal, type JobPage, type JobRecord, type JobResult, type JobState } from "./types.ts";
import type { UnfinishedJobs } from "./unfinished_jobs.ts";

const LIST_ROWS = 100;

/** What can be seen of the jobs of one process: the table, and of those that are not final what is done by now. */
export class JobView {
  constructor(readonly table: JobTable, readonly unfinished: UnfinishedJobs, readonly files: JobFiles) {}

  get(id: string): JobRecord | null {
    const job = this.table.get(id);
    return job && this.current(job);
  }

  current({ record }: TabledJob): JobRecord {
    const unfinished = this.unfinished.get(record.id);
    if (!unfinished) return record;
    const { counts: { done, failed }, lease } = unfinished;
    return { ...record, done, failed, state: lease === null ? "queued" : "running" };
  }

  list(sees: (job: JobRecord) => boolean, limit: number, cursor?: string): JobPage {
    const jobs: JobRecord[] = [];
    let before = cursor ?? null;
    while (jobs.length <= limit) {
      const rows = this.table.page(before, LIST_ROWS);
      jobs.push(...rows.map((row) => this.current(row)).filter(sees));
      if (rows.length < LIST_ROWS) break;
      before = rows.at(-1)!.record.id;
    }
    const page = jobs.slice(0, limit);
    return { jobs: page, cursor: jobs.length > limit ? page.at(-1)?.id ?? null : null };
  }

  /** Whether someone who waits for a change is to wait on. */
  isUnchanged(id: string, known: JobRecord): boolean {
    const job = this.get(id);
    return job !== null && !isFinal(job.state) && isDeepStrictEqual({ ...job }, { ...known });
  }

  result(id: string): JobResult | null {
    const job = this.table.get(id);
    if (job === null) return null;
    const { prompts, results } = this.files.paths(id);
    const bytes = this.unfinished.get(id)?.counts.bytes ?? job.resultBytes;
    return { file: results, bytes, prompts, final: isFinal(job.record.state) };
  }

  counts(): Record<JobState, number> {
    const counts = this.table.counts();
    const { running } = this.unfinished;
    return { ...counts, queued: counts.queued - running, running };
  }
}
