import { EngineUnavailable } from "../../model/engine/engine.ts";
import type { Log } from "../../log/log.ts";
import { Draining } from "../admission/refusals.ts";
import type { Caller } from "../keys/caller.ts";
import { ResultLines } from "./result_lines.ts";
import { type JobAnswer, type JobPrompt, JobStoreError, type RunPrompts } from "./types.ts";

export interface PieceParts {
  readonly run: RunPrompts;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly ready: (signal: AbortSignal) => Promise<void>;
  readonly refuse: (prompt: JobPrompt) => JobAnswer;
  readonly append: (lines: readonly string[]) => Promise<void>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Lines are appended, and so seen, after so many milliseconds or characters, and at the end. */
const APPEND_MS = 250;
const APPEND_CHARS = 4 * 2 ** 20;
/** Deaths of the engine under the same prompts, until they are run one by one; and then under the one, until it is refused. */
const DEATHS = 3;
/** Times that a fault of ours is tried again. */
const FAULTS = 3;
const FAULT_MS = 1000;
/** Longest wait before the next try, whatever was advised. */
const LONGEST_WAIT_MS = 60_000;

/** Runs some prompts in a row until each has its line in the result file. */
export class PieceRun {
  #left: readonly JobPrompt[];
  #deaths = 0;
  #faults = 0;
  /** One prompt at a time: the engine died under several. */
  #singly = false;

  constructor(prompts: readonly JobPrompt[], readonly parts: PieceParts) {
    this.#left = prompts;
  }

  /** @throws {Draining} @throws the signal's reason, and what is wrong for good */
  async run(): Promise<void> {
    const { ready, signal } = this.parts;
    while (this.#left.length > 0) {
      await ready(signal);
      const before = this.#left.length;
      try {
        await this.#attempt(this.#singly ? this.#left.slice(0, 1) : this.#left);
      } catch (error) {
        if (this.#left.length < before) this.#deaths = this.#faults = 0;
        await this.#afterFailure(error);
      }
    }
  }

  async #attempt(prompts: readonly JobPrompt[]): Promise<void> {
    const { run, caller, signal, append } = this.parts;
    const first = prompts[0]!.index;
    const end = first + prompts.length;
    const lines = new ResultLines(first);
    const store = async () => {
      const taken = lines.take();
      if (taken.length === 0) return;
      await append(taken);
      this.#left = this.#left.slice(taken.length);
    };
    let stored = performance.now();
    try {
      for await (const answer of run(prompts, caller, signal)) {
        lines.add(answer, end);
        if (lines.chars < APPEND_CHARS && performance.now() - stored < APPEND_MS) continue;
        await store();
        stored = performance.now();
      }
    } catch (error) {
      // What is answered is kept, whatever stopped the rest; a job that was paused or cancelled takes nothing more.
      await store().catch(() => {});
      throw error;
    }
    await store();
    if (this.#left[0] && this.#left[0].index < end) throw new TypeError("not every prompt was answered");
  }

  /** Waits as long as it takes until it may go better. @throws what will not */
  async #afterFailure(error: unknown): Promise<void> {
    const { signal, sleep, log } = this.parts;
    signal.throwIfAborted();
    if (error instanceof Draining || error instanceof JobStoreError) throw error;
    const index = this.#left[0]?.index;
    if (error instanceof EngineUnavailable) return await this.#afterDeath(error);
    const seconds = (error as { readonly retryAfterSeconds?: unknown }).retryAfterSeconds;
    if (typeof seconds === "number") return await sleep(Math.min(LONGEST_WAIT_MS, seconds * 1000), signal);
    if (++this.#faults > FAULTS) throw error;
    log.warn("the prompts of a job from {index} on failed; tried again", { index, error });
    await sleep(FAULT_MS * this.#faults, signal);
  }

  /** The engine was ready, and then was not: it may have died of these prompts. */
  async #afterDeath({ retryAfterSeconds }: EngineUnavailable): Promise<void> {
    const { signal, sleep, refuse, append, log } = this.parts;
    if (++this.#deaths >= DEATHS) {
      this.#deaths = 0;
      if (this.#singly) {
        const prompt = this.#left[0]!;
        log.error("the engine died under prompt {index} of a job each time; it is refused", { index: prompt.index });
        await append([refuse(prompt).line]);
        this.#left = this.#left.slice(1);
        this.#singly = false;
        return;
      }
      this.#singly = true;
    }
    await sleep(Math.min(LONGEST_WAIT_MS, retryAfterSeconds * 1000), signal);
  }
}
