import type { Caller } from "../keys/caller.ts";
import type { ResultsFile } from "./results_file.ts";
import type { JobLease, JobPrompt, JobRecord } from "./types.ts";

/** What a lease asks of its store. */
export interface LeaseStore {
  record(): JobRecord;
  prompts(): AsyncIterable<JobPrompt>;
  append(lines: readonly string[]): Promise<void>;
  othersWait(): boolean;
  finish(error: string | null): Promise<void>;
  park(): Promise<void>;
}

/** A job of the embedded store that is being run. */
export class EmbeddedLease implements JobLease {
  readonly #ending = new AbortController();
  /** What is being appended. */
  #appending: Promise<void> = Promise.resolve();

  constructor(readonly caller: Caller, readonly results: ResultsFile, readonly store: LeaseStore) {}

  get record(): JobRecord {
    return this.store.record();
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  prompts(): AsyncIterable<JobPrompt> {
    return this.store.prompts();
  }

  async append(lines: readonly string[]): Promise<void> {
    this.signal.throwIfAborted();
    const appending = this.store.append(lines);
    this.#appending = appending.catch(() => {});
    await appending;
  }

  othersWait(): Promise<boolean> {
    return Promise.resolve(this.store.othersWait());
  }

  async finish(error: string | null): Promise<void> {
    if (!this.signal.aborted) await this.store.finish(error);
  }

  async park(): Promise<void> {
    if (!this.signal.aborted) await this.store.park();
  }

  /** Stops the work; resolves when nothing is being appended any more. */
  async stop(reason: string): Promise<void> {
    this.#ending.abort(new DOMException(reason, "AbortError"));
    await this.#appending;
  }
}
