import type { Caller } from "../keys/caller.ts";

/** States of a job; the last three are final. */
export const JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Whether nothing will change any more. */
export function isFinal(state: JobState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

/** A job as it is known at a moment. Counts are of lines in its result file: nothing else says what is done. */
export interface JobRecord {
  readonly id: string;
  readonly state: JobState;
  /** Prompts answered or refused so far, in prompt order from the first. */
  readonly done: number;
  /** Of those, the refused. */
  readonly failed: number;
  readonly total: number;
  readonly paused: boolean;
  readonly owner: string | null;
  readonly shared: boolean;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Why it failed as a whole: one sentence for people, without a path of this machine. */
  readonly error: string | null;
}

/** What a new job is made of: one request a prompt, as a JSON line each, already checked against the schema. */
export interface NewJob {
  readonly owner: string | null;
  readonly shared: boolean;
  /** Whose quotas and role its prompts are run with, for as long as the key exists. */
  readonly caller: Caller;
  /** ProbeRequests as JSON, without line ends. Streamed: there may be very many. */
  readonly prompts: AsyncIterable<string>;
}

export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Where the next page begins; null on the last. */
  readonly cursor: string | null;
}

export type JobStoreErrorKind =
  | "notFound"
  /** A change that a finished job does not take: 409. */
  | "finished"
  /** Owner has as many unfinished jobs as its quota: 429. */
  | "quota"
  /** The store keeps as much as it may: 507. */
  | "full"
  /** The disk is full, and goes on when it is not: 507. */
  | "noRoom"
  /** More prompts than a job may have: 413. */
  | "tooManyPrompts"
  /** The store (Redis) is away: 503. */
  | "away";

/** A change of the jobs that was refused; nothing has changed. The message is for people. */
export class JobStoreError extends Error {
  override readonly name = "JobStoreError";
  constructor(readonly kind: JobStoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Jobs, wherever they are kept: acknowledged ones survive kill -9. Ownership is the caller's affair: `lab/keys/caller.ts` decides.
 */
export interface JobStore extends AsyncDisposable {
  /** What keeps it from going on just now, in words for `/readyz`: no room on the disk, Redis away. null: nothing. */
  readonly trouble: string | null;
  /**
   * Prompts and record are on disk, synced, when it resolves.
   * @throws {JobStoreError} quota, tooManyPrompts, full, noRoom, away
   */
  create(job: NewJob, signal: AbortSignal): Promise<JobRecord>;
  get(id: string): Promise<JobRecord | null>;
  /** Newest first. @param sees whether a job is for whoever asks; @param cursor of an earlier page */
  list(sees: (job: JobRecord) => boolean, limit: number, cursor?: string): Promise<JobPage>;
  /** @throws {JobStoreError} notFound, finished */
  change(id: string, change: { readonly shared?: boolean; readonly paused?: boolean }): Promise<JobRecord>;
  /** Cancels an unfinished job (it stays, as cancelled, with what is done), removes a finished one with its files. */
  remove(id: string): Promise<void>;
  /** Place among those that wait, from 1; null for one that does not wait. */
  position(id: string): Promise<number | null>;
  /**
   * Resolves when the job has changed since `known`, or is final, or is gone, or after some seconds.
   * @throws the signal's reason
   */
  changed(id: string, known: JobRecord, signal: AbortSignal): Promise<void>;
  /** The result file so far: whole lines only. Null where there is no such job. */
  result(id: string): Promise<JobResult | null>;
  /** Jobs of each state, for metrics. */
  counts(): Promise<Readonly<Record<JobState, number>>>;
}

/** Lines `{"index":…,"response":…}` or `{"index":…,"problem":…}`, in prompt order. */
export interface JobResult {
  /** Absolute path. Never for an answer. */
  readonly file: string;
  /** Bytes of whole lines. */
  readonly bytes: number;
  /** The prompts, one ProbeRequest a line: for `prompt` columns. Absolute path. */
  readonly prompts: string;
  readonly final: boolean;
}

/** One prompt of a job. */
export interface JobPrompt {
  /** From 0. */
  readonly index: number;
  /** A ProbeRequest as JSON. */
  readonly line: string;
}

/** What became of a prompt: the line `{"index":…,"response":…}` or `{"index":…,"problem":…}`, without its end. */
export interface JobAnswer {
  readonly index: number;
  /** Its first member is `index`, its second `response` or `problem`: what is refused is counted by that. */
  readonly line: string;
}

/**
 * Runs prompts of a job, in any order, each once. A fault of one prompt is that prompt's `problem`.
 * @throws what has `retryAfterSeconds` (the engine away, queue full, quota used up): what is not answered yet is tried again
 * @throws {Draining} the service stops: the job goes on later
 * @throws the signal's reason
 */
export type RunPrompts = (
  prompts: readonly JobPrompt[],
  caller: Caller,
  signal: AbortSignal,
) => AsyncIterable<JobAnswer>;

/** A job that this process runs, until released. */
export interface JobLease {
  readonly record: JobRecord;
  readonly caller: Caller;
  /** Prompts not answered yet, from index `done` on, in order. */
  prompts(): AsyncIterable<JobPrompt>;
  /**
   * Appends result lines, in prompt order from index `done` on, and syncs them before it resolves. All or nothing.
   * @throws {JobStoreError} full, noRoom, away: nothing is appended
   */
  append(lines: readonly string[]): Promise<void>;
  /** Aborted when the job was cancelled or paused, or the lease was lost: the work is to stop, nothing may be appended. */
  readonly signal: AbortSignal;
  /** Whether jobs of other owners wait: it is fair to park between two pieces of this one then. */
  othersWait(): Promise<boolean>;
  /** Ends it: all prompts are answered, or it failed as a whole. */
  finish(error: string | null): Promise<void>;
  /** Gives it back, to go on later: at a drain. */
  park(): Promise<void>;
}

/** Where a runner gets its work. One process, or one of several replicas. */
export interface JobQueue {
  /** The next job for this process, of the owners in turn; waits until there is one. @throws the signal's reason */
  take(signal: AbortSignal): Promise<JobLease>;
}

export interface JobLimits {
  /** Bytes of all prompts and results on disk. */
  readonly maxBytes: number;
  /** Milliseconds that a finished job is kept. */
  readonly keepMs: number;
  /** Prompts of one job. */
  readonly maxPrompts: number;
}
