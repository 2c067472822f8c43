import type { Job } from "./layout.ts";
import { type Places, runJob } from "./run_job.ts";
import { serveJobs } from "./serve_jobs.ts";

export interface ConversionTask {
  readonly job: Job;
  readonly places: Places;
  readonly target: string;
}

serveJobs<ConversionTask>(({ job, places, target }, progress) => runJob(job, places, target, progress));
