import type { Caller } from "../keys/caller.ts";
import { LOCK_MS, type TakenJob } from "./redis_queue.ts";
import type { SharedRecords } from "./redis_records.ts";
import type { ResultsFile } from "./results_file.ts";
import { isFinal, type JobLease, type JobPrompt, type JobRecord, JobStoreError } from "./types.ts";

const RENEW_MS = LOCK_MS / 3;
/** So long before another may have the lock, nothing is appended any more. */
const MARGIN_MS = LOCK_MS / 6;

export interface LeaseParts {
  readonly caller: Caller;
  readonly results: ResultsFile;
  readonly taken: TakenJob;
  readonly records: SharedRecords;
  readonly othersWait: () => Promise<boolean>;
  /** Sees to it that so many bytes have room. @throws {JobStoreError} full */
  readonly makeRoom: (bytes: number) => Promise<void>;
  /** What a failed append is for whoever appended. */
  readonly refusal: (error: unknown) => unknown;
  /** It has changed. */
  readonly tell: () => void;
  /** Nothing of it is open any more. @param goesOn whether it is to be run further */
  readonly ended: (goesOn: boolean) => Promise<void>;
  /** RFC 3339. */
  readonly time: () => string;
}

/**
 * A job that this replica runs. Two things keep others from its result file: the lock in Redis, which is renewed and after whose
 * end nothing is appended; and the lock of the file itself, which is held to the end.
 */
export class RedisLease implements JobLease {
  readonly #ending = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #record: JobRecord;
  #lockedUntil: number;
  #appending: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  /** @param takenAt `performance.now()` before the lock was asked for */
  constructor(record: JobRecord, takenAt: number, readonly parts: LeaseParts) {
    this.#record = record;
    this.#lockedUntil = takenAt + LOCK_MS - MARGIN_MS;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  get caller(): Caller {
    return this.parts.caller;
  }

  get record(): JobRecord {
    const { done, failed } = this.parts.results.counts;
    return { ...this.#record, done, failed };
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  prompts(): AsyncIterable<JobPrompt> {
    return this.parts.records.files.prompts(this.#record.id, this.parts.results.counts.done);
  }

  async append(lines: readonly string[]): Promise<void> {
    this.signal.throwIfAborted();
    const appending = this.#append(lines);
    this.#appending = appending.catch(() => {});
    await appending;
  }

  async #append(lines: readonly string[]): Promise<void> {
    const { results, records, makeRoom, refusal, tell } = this.parts;
    await makeRoom(lines.reduce((sum, line) => sum + line.length + 1, 0));
    try {
      await records.locked(this.#record.id, async ({ record }) => {
        this.#heed(record);
        if (performance.now() > this.#lockedUntil) this.#abort("the lock in Redis was not renewed in time");
        this.signal.throwIfAborted();
        await results.append(lines);
      });
    } catch (error) {
      if (error instanceof JobStoreError && error.kind === "notFound") this.#abort("removed");
      this.signal.throwIfAborted();
      throw refusal(error);
    }
    tell();
  }

  /** Whether others wait; while nobody knows, nobody does. */
  othersWait(): Promise<boolean> {
    return this.parts.othersWait().catch(() => false);
  }

  async finish(error: string | null): Promise<void> {
    if (this.signal.aborted) return await this.#release(true);
    const { records, results, time, refusal } = this.parts;
    const { done, failed } = results.counts;
    if (error === null && done !== this.#record.total) throw new TypeError(`the job ${this.#record.id} is not done`);
    const state = error === null ? "succeeded" : "failed";
    try {
      await records.locked(this.#record.id, async ({ record }, replace) => {
        if (!isFinal(record.state)) await replace({ ...record, state, done, failed, error, finishedAt: time() });
      });
    } catch (error) {
      if (error instanceof JobStoreError && error.kind === "notFound") return await this.#stop("removed");
      throw refusal(error);
    }
    await this.#release(false);
  }

  async park(): Promise<void> {
    await this.#stop("parked");
  }

  /** Looks whether someone has paused, cancelled or removed it. */
  async look(): Promise<void> {
    const job = await this.parts.records.files.read(this.#record.id).catch(() => undefined);
    if (job === null) this.#abort("removed");
    else if (job) this.#heed(job.record);
    if (this.signal.aborted) await this.#release(true);
  }

  /** Stops the work; resolves when nothing is open any more. */
  async #stop(reason: string): Promise<void> {
    this.#abort(reason);
    await this.#release(true);
  }

  #heed(record: JobRecord): void {
    if (isFinal(record.state)) this.#abort(record.state);
    else if (record.paused) this.#abort("paused");
  }

  #abort(reason: string): void {
    this.#ending.abort(new DOMException(reason, "AbortError"));
  }

  /** Redis may be away for a while: the lock holds until then. */
  async #renew(): Promise<void> {
    const asked = performance.now();
    const held = await this.parts.taken.renew().catch(() => null);
    if (held) this.#lockedUntil = asked + LOCK_MS - MARGIN_MS;
    if (held === false) this.#abort("the lock in Redis was lost");
    if (performance.now() > this.#lockedUntil) this.#abort("the lock in Redis was not renewed in time");
    await this.look();
  }

  #release(goesOn: boolean): Promise<void> {
    return this.#released ??= this.#releaseNow(goesOn);
  }

  async #releaseNow(goesOn: boolean): Promise<void> {
    clearInterval(this.#timer);
    await this.#appending;
    const { records, results, ended, tell } = this.parts;
    // What is queued again says so, unless someone has ended it, or has taken it already.
    await records.locked(this.#record.id, async ({ record }, replace) => {
      if (goesOn && record.state === "running") await replace({ ...record, state: "queued" });
    }).catch(() => {});
    results[Symbol.dispose]();
    await ended(goesOn);
    tell();
  }
}
