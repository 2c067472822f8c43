import type { Log } from "../../log/log.ts";
import { Draining } from "../admission/refusals.ts";
import type { Caller } from "../keys/caller.ts";
import { PieceRun } from "./piece_run.ts";
import { JobStoreError } from "./types.ts";
import type { JobAnswer, JobLease, JobPrompt, JobQueue, RunPrompts } from "./types.ts";

export interface JobRunnerParts {
  readonly queue: JobQueue;
  readonly run: RunPrompts;
  readonly log: Log;
  /** The line that says that a prompt could not be answered, because the engine died of it each time. */
  readonly refuse: (prompt: JobPrompt) => JobAnswer;
  /** Resolves when the engine can take work. @throws the signal's reason */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** What a caller may now; null: its key is no more. Left out: as it was. */
  readonly callerNow?: (caller: Caller) => Caller | null;
  /** Prompts that are given to `run` at once. */
  readonly pieceSize?: number;
  /** Jobs that are run at a time. */
  readonly parallel?: number;
  /** Waits. @throws the signal's reason */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const PIECE_SIZE = 64;
/** Until a full disk, or a store that is away, is tried again. */
const AGAIN_MS = 2000;

/**
 * Takes jobs and runs their prompts, piece by piece. What is appended is done; whatever stops it (pause, drain, a crash), the
 * rest is run later, by whoever takes the job then.
 */
export class JobRunner implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #loops: readonly Promise<void>[];
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(readonly parts: JobRunnerParts) {
    this.#sleep = parts.sleep ?? sleep;
    this.#loops = Array.from({ length: parts.parallel ?? 1 }, () => this.#loop());
  }

  /** Stops the work, parks the jobs that run, and resolves when that is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DOMException("the service stops", "AbortError"));
    await Promise.all(this.#loops);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#runJob(await this.parts.queue.take(signal));
      } catch (error) {
        if (signal.aborted) return;
        this.parts.log.error("jobs could not be run; tried again", { error });
        await this.#sleep(AGAIN_MS, signal).catch(() => {});
      }
    }
  }

  /** Runs a job until it is done, or others have their turn, or something stops it. */
  async #runJob(lease: JobLease): Promise<void> {
    const signal = AbortSignal.any([lease.signal, this.#stopping.signal]);
    let error: string | null;
    try {
      error = await this.#runPieces(lease, signal);
    } catch (cause) {
      if (cause instanceof Parked || cause instanceof Draining || signal.aborted) return await lease.park();
      this.parts.log.error("job {id} failed", { id: lease.record.id, error: cause });
      error = cause instanceof JobStoreError
        ? `no room: ${cause.message}`
        : "the service failed over it; its log has the cause under the id of the job";
    }
    try {
      const { id, done, total, failed } = lease.record;
      await this.#withRoom(() => lease.finish(error), signal);
      this.parts.log.info("job {id} ended: {done} of {total} prompts done, {failed} of them refused", {
        ...{ id, done, total, failed },
        ...(error === null ? {} : { error }),
      });
    } catch (cause) {
      await lease.park();
      if (!signal.aborted) throw cause;
    }
  }

  /** @returns why the job failed as a whole; null: all is answered. @throws {Parked} when others have their turn */
  async #runPieces(lease: JobLease, signal: AbortSignal): Promise<string | null> {
    const { callerNow = (caller) => caller, pieceSize = PIECE_SIZE } = this.parts;
    let begun = false;
    for await (const prompts of pieces(lease.prompts(), pieceSize)) {
      if (begun && await lease.othersWait()) throw new Parked();
      begun = true;
      signal.throwIfAborted();
      const caller = callerNow(lease.caller);
      if (caller === null) return `the key ${lease.caller.id} that made it was revoked`;
      await new PieceRun(prompts, {
        ...this.parts,
        caller,
        signal,
        sleep: this.#sleep,
        append: (lines) => this.#withRoom(() => lease.append(lines), signal),
      }).run();
    }
    return null;
  }

  /** Does it again while the disk is full or the store is away: what is answered waits for the room. */
  async #withRoom(step: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (true) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof JobStoreError) || (error.kind !== "noRoom" && error.kind !== "away")) throw error;
        this.parts.log.warn("a job waits: {message}", { message: error.message });
        await this.#sleep(AGAIN_MS, signal);
      }
    }
  }
}

/** The job gives others their turn. */
class Parked extends Error {}

async function* pieces(prompts: AsyncIterable<JobPrompt>, size: number): AsyncGenerator<JobPrompt[]> {
  let piece: JobPrompt[] = [];
  for await (const prompt of prompts) {
    piece.push(prompt);
    if (piece.length < size) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  });
}
