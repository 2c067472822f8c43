import type { Log } from "../../log/log.ts";
import { until } from "./job_changes.ts";
import type { JobLease, JobPage, JobQueue, JobRecord, JobResult, JobState, JobStore, NewJob } from "./types.ts";
import { JobStoreError } from "./types.ts";

/** Until a store that could not be opened is tried again. */
const AGAIN_MS = 1000;

/**
 * Jobs whose store may not be there yet: another process has the folder still, or it cannot be written. It is tried until it
 * is; meanwhile every question is answered by why.
 */
export class OpeningJobs implements JobStore, JobQueue {
  #store: (JobStore & JobQueue) | null = null;
  #why = "the jobs are being opened";
  readonly #closing = new AbortController();
  /** Resolves when the store is there, or will never be. */
  readonly #opening: Promise<void>;
  /** Resolves after the first try. */
  readonly tried: Promise<void>;

  constructor(
    open: () => Promise<JobStore & JobQueue>,
    { log, againMs = AGAIN_MS }: { readonly log: Log; readonly againMs?: number },
  ) {
    const tried = Promise.withResolvers<void>();
    this.tried = tried.promise;
    this.#opening = this.#open(open, log, againMs, tried.resolve).finally(tried.resolve);
  }

  get trouble(): string | null {
    return this.#store ? this.#store.trouble : this.#why;
  }

  create(job: NewJob, signal: AbortSignal): Promise<JobRecord> {
    return this.#ask((store) => store.create(job, signal));
  }

  get(id: string): Promise<JobRecord | null> {
    return this.#ask((store) => store.get(id));
  }

  list(sees: (job: JobRecord) => boolean, limit: number, cursor?: string): Promise<JobPage> {
    return this.#ask((store) => store.list(sees, limit, cursor));
  }

  change(id: string, change: { readonly shared?: boolean; readonly paused?: boolean }): Promise<JobRecord> {
    return this.#ask((store) => store.change(id, change));
  }

  remove(id: string): Promise<void> {
    return this.#ask((store) => store.remove(id));
  }

  position(id: string): Promise<number | null> {
    return this.#ask((store) => store.position(id));
  }

  changed(id: string, known: JobRecord, signal: AbortSignal): Promise<void> {
    return this.#ask((store) => store.changed(id, known, signal));
  }

  result(id: string): Promise<JobResult | null> {
    return this.#ask((store) => store.result(id));
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#ask((store) => store.counts());
  }

  async take(signal: AbortSignal): Promise<JobLease> {
    await until(this.#opening, signal);
    return await this.#ask((store) => store.take(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    await this.#store?.[Symbol.asyncDispose]();
  }

  async #open(
    open: () => Promise<JobStore & JobQueue>,
    log: Log,
    againMs: number,
    tried: () => void,
  ): Promise<void> {
    const { signal } = this.#closing;
    let timer: ReturnType<typeof setTimeout> | undefined;
    while (!signal.aborted && this.#store === null) {
      try {
        this.#store = await open();
      } catch (error) {
        const why = (error as Error).message;
        if (why !== this.#why) log.error("no jobs: {why}; tried again until it goes", { why });
        this.#why = why;
        tried();
        await until(new Promise((resolve) => timer = setTimeout(resolve, againMs)), signal).catch(() => {});
        clearTimeout(timer);
      }
    }
  }

  async #ask<T>(question: (store: JobStore & JobQueue) => Promise<T>): Promise<T> {
    if (this.#store === null) throw new JobStoreError("away", this.#why);
    return await question(this.#store);
  }
}
