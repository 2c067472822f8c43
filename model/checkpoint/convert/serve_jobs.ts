/// <reference lib="deno.worker" />
import { CheckpointError, type CheckpointRule } from "../checkpoint_error.ts";
import type { Written } from "./run_job.ts";

export type WorkerReport =
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "done"; readonly written: Written }
  | { readonly type: "refused"; readonly rule: CheckpointRule; readonly file: string; readonly reason: string }
  | { readonly type: "failed"; readonly message: string; readonly code: string | null };

/** Does the jobs that a `JobWorker` posts to this thread, and reports. */
export function serveJobs<Job>(run: (job: Job, progress: (bytes: number) => void) => Promise<Written>): void {
  const report = (message: WorkerReport) => self.postMessage(message);
  self.onmessage = async ({ data }: MessageEvent<Job>) => {
    try {
      report({ type: "done", written: await run(data, (bytes) => report({ type: "progress", bytes })) });
    } catch (error) {
      report(failure(error));
    }
  };
}

function failure(error: unknown): WorkerReport {
  if (error instanceof CheckpointError) {
    return { type: "refused", rule: error.rule, file: error.file, reason: error.reason };
  }
  const code = (error as { code?: unknown }).code;
  const message = error instanceof Error ? error.message : String(error);
  return { type: "failed", message, code: typeof code === "string" ? code : null };
}
