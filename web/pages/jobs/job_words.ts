import type { Job } from "./job.ts";

/** Where a job stands, in a sentence. */
export function stateText(job: Job): string {
  const { state, done, failed, total, position, paused, error } = job;
  const refused = failed === 0 ? "" : `, ${failed} of them refused`;
  const far = `${done} of ${total} prompts${refused}`;
  switch (state) {
    case "queued":
      if (paused) return `Paused: ${far}.`;
      return `Waiting${position === null ? "" : `, place ${position} of those that wait`}: ${far}.`;
    case "running":
      return `Running: ${far}.`;
    case "succeeded":
      return `Done: ${far}${tookText(job)}.`;
    case "cancelled":
      return `Cancelled: ${far}; what was done is kept.`;
    case "failed":
      return `Failed after ${far}: ${error ?? "no reason is known"}. What was done is kept.`;
  }
}

function tookText({ started_at, finished_at }: Job): string {
  if (started_at === null || finished_at === null) return "";
  const seconds = (Date.parse(finished_at) - Date.parse(started_at)) / 1000;
  return ` in ${secondsText(seconds)}`;
}

/** "40 ms", "1.4 s", "12 s", "5 min", "3.2 h". */
export function secondsText(seconds: number): string {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  if (seconds < 99.5 * 60) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
