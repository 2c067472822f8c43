/** States of a job; the last three are final. */
export const JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** What the page reads of a job; a test holds it to the document. */
export interface Job {
  readonly id: string;
  readonly state: typeof JOB_STATES[number];
  /** Prompts answered or refused; of those, the refused; of all. */
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Among those that wait, from 1. */
  readonly position: number | null;
  readonly paused: boolean;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly owner: string | null;
  readonly shared: boolean;
  readonly error?: string;
}

/** Will nothing of it change any more? */
export function isFinal({ state }: Job): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

export function jobPath(id: string): string {
  return `jobs/${encodeURIComponent(id)}`;
}
