import type { JobRecord, JobStore } from "../../lab/jobs/types.ts";
import { type Caller, mayChange, maySee } from "../../lab/keys/caller.ts";
import { quote, Refusal } from "../../openapi/refusal.ts";
import { type Job, JOB_ID } from "../../openapi/schemas/job.ts";

/**
 * A job that a caller may see.
 * @throws {Refusal} 404
 */
export async function visibleJob(store: JobStore, caller: Caller, id: string): Promise<JobRecord> {
  const job = JOB_ID.test(id) ? await store.get(id) : null;
  if (job === null || !maySee(caller, job)) throw noJob(id);
  return job;
}

/**
 * A job that a caller may change.
 * @throws {Refusal} 404, 403
 */
export async function changeableJob(store: JobStore, caller: Caller, id: string): Promise<JobRecord> {
  const job = await visibleJob(store, caller, id);
  if (mayChange(caller, job)) return job;
  throw new Refusal("not-owner", `the job ${quote(id)} belongs to another key: you may read it, not change it`);
}

export function noJob(id: string): Refusal {
  return new Refusal("not-found", `there is no job ${quote(id)}; GET /jobs lists those there are`);
}

/** A job as answers show it. */
export async function jobView(store: JobStore, job: JobRecord): Promise<Job> {
  return {
    id: job.id,
    state: job.state,
    done: job.done,
    failed: job.failed,
    total: job.total,
    position: job.state === "queued" ? await store.position(job.id) : null,
    paused: job.paused,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    owner: job.owner,
    shared: job.shared,
    ...(job.error === null ? {} : { error: job.error }),
  };
}
