/// <reference lib="deno.worker" />
import type { Job } from "./layout.ts";
import { type Places, runJob, type Written } from "./run_job.ts";

export interface WorkerTask {
  readonly job: Job;
  readonly places: Places;
  readonly target: string;
}

export type WorkerReport =
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "done"; readonly written: Written }
  | { readonly type: "failed"; readonly message: string; readonly code: string | null };

const report = (message: WorkerReport) => self.postMessage(message);

self.onmessage = async ({ data: { job, places, target } }: MessageEvent<WorkerTask>) => {
  try {
    const written = await runJob(job, places, target, (bytes) => report({ type: "progress", bytes }));
    report({ type: "done", written });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const message = error instanceof Error ? error.message : String(error);
    report({ type: "failed", message, code: typeof code === "string" ? code : null });
  }
};
