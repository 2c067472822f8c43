import {
  type ActivationsPlan,
  type BatchEvent,
  type BatchPlan,
  type Engine,
  type EngineMemory,
  type EngineState,
  EngineUnavailable,
  type ModelDescription,
  type ProbeEvent,
  type ProbePlan,
} from "./engine.ts";
import { type ChildParts, EngineChild, EngineRefused } from "./engine_child.ts";
import { EngineFault } from "./engine_fault.ts";
import type { EngineLog } from "./engine_log.ts";
import { AnswerCutOff, messages } from "./messages.ts";
import type { EngineOptions } from "./options.ts";
import { BACKGROUND_HEADER, FLOW_HEADER, type Message } from "./protocol.ts";
import type { Flow } from "./turns.ts";

/** A first start that dies without a word is tried again: whatever killed it may be over. Its own refusal is final. */
const FIRST_START_ATTEMPTS = 3;
/** Delay before a restart, doubled by each failure after another. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** An engine that served this long has recovered: the next restart is prompt again. */
const RECOVERED_AFTER_MS = 60_000;
/** Loading time assumed until one was seen. */
const ASSUMED_LOADING_MS = 10_000;
/** A broken connection is a death; the process' end is reported within this time. */
const DEATH_NOTICE_MS = 2_000;
const DRAIN_MS = 10_000;

export interface EngineParts {
  readonly log: EngineLog;
  /** The program of the engine process; tests have their own. */
  readonly entry?: URL;
  /** Time the engine has on close() to finish its work, in milliseconds. */
  readonly drainMs?: number;
  readonly tcp?: boolean;
}

/** The engine with what only its keeper needs to know. */
export interface SupervisedEngine extends Engine {
  probe(plan: ProbePlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<ProbeEvent, void>;
  activations(plan: ActivationsPlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<Uint8Array, void>;
  /** Process id of the engine, while there is one. */
  readonly pid: number | undefined;
  /** Starts after the first one that succeeded. */
  readonly restarts: number;
}

/** Starts the engine in a process of its own and keeps it running until close(). */
export function startEngine(options: EngineOptions, parts: EngineParts): SupervisedEngine {
  return new EngineClient(options, {
    entry: new URL("main.ts", import.meta.url),
    drainMs: DRAIN_MS,
    ...parts,
  });
}

/** Tokenizer and descriptions of the parent belong to the model loaded first: no other may answer in its place. */
class ModelChanged extends Error {
  override readonly name = "ModelChanged";
}

class EngineClient implements SupervisedEngine {
  state: EngineState = "starting";
  detail = "the model is being loaded";
  restarts = 0;
  readonly #loaded = Promise.withResolvers<ModelDescription>();
  readonly #closing = new AbortController();
  readonly #life: Promise<void>;
  #child: EngineChild | undefined;
  /** What was loaded first, and what every later start must load again. */
  #model: ModelDescription | undefined;
  #loadingMs = ASSUMED_LOADING_MS;
  /** When the engine is expected to be ready, on the clock that never jumps. */
  #expected = performance.now() + ASSUMED_LOADING_MS;

  constructor(readonly options: EngineOptions, readonly parts: ChildParts) {
    this.#loaded.promise.catch(() => {});
    this.#life = this.#live();
  }

  get loaded(): Promise<ModelDescription> {
    return this.#loaded.promise;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async *probe(plan: ProbePlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<ProbeEvent, void> {
    for await (const message of this.#ask("/probe", plan, signal, flow)) {
      if (message.type === "start" || message.type === "position") yield message;
      if (message.type === "end" && "rows" in message) yield message;
    }
  }

  async *probeBatch(plan: BatchPlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<BatchEvent, void> {
    for await (const message of this.#ask("/probe/batch", plan, signal, flow)) {
      if (message.type === "position" && "prompt" in message) yield message;
      if (message.type === "start" || message.type === "prompt" || message.type === "end") yield message;
    }
  }

  async *activations(plan: ActivationsPlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<Uint8Array, void> {
    for await (const message of this.#ask("/activations", plan, signal, flow)) {
      if (message.type === "bytes") yield message.bytes;
    }
  }

  async memory(): Promise<EngineMemory> {
    const child = this.#ready();
    try {
      return await (await child.fetch("/memory")).json();
    } catch {
      throw await this.#died(child);
    }
  }

  async close(): Promise<void> {
    this.#to("closed", "the service is closing");
    this.#closing.abort();
    this.#loaded.reject(new Error("the engine was closed before the model was loaded"));
    await this.#child?.stop();
    await this.#life;
  }

  /** The messages of one answer; leaving the loop early stops the work as an abort of `signal` does. */
  async *#ask(path: string, plan: unknown, signal: AbortSignal, flow?: Flow): AsyncGenerator<Message, void> {
    signal.throwIfAborted();
    const child = this.#ready();
    const left = new AbortController();
    const abort = () => left.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await child.fetch(path, {
        method: "POST",
        headers: headersOf(flow),
        body: JSON.stringify(plan),
        signal: left.signal,
      })
        .catch((error) => {
          throw new AnswerCutOff("the engine did not answer", { cause: error });
        });
      if (!response.ok || !response.body) {
        throw new Error(`the engine answered ${path} with status ${response.status}`);
      }
      for await (const message of messages(response.body)) {
        if (message.type === "error") throw await this.#failure(message.error, child);
        yield message;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AnswerCutOff ? await this.#died(child) : error;
    } finally {
      signal.removeEventListener("abort", abort);
      left.abort();
    }
  }

  #failure(error: (Message & { type: "error" })["error"], child: EngineChild): Error | Promise<Error> {
    return error.kind === "fault" ? new EngineFault(error.message, error.id) : this.#died(child);
  }

  #ready(): EngineChild {
    if (this.state !== "ready" || !this.#child) throw this.#unavailable();
    return this.#child;
  }

  #unavailable(): EngineUnavailable {
    const seconds = Math.ceil((this.#expected - performance.now()) / 1000);
    return new EngineUnavailable(this.detail, Math.max(1, seconds));
  }

  /** The error of a request whose engine died under it; by then the state says so too. */
  async #died(child: EngineChild): Promise<EngineUnavailable | EngineFault> {
    const notice = new AbortController();
    await Promise.race([child.ended, sleep(DEATH_NOTICE_MS, notice.signal)]);
    notice.abort();
    // From the end of a process to the new state there are only promises: they have settled after a timer.
    await sleep(0, this.#closing.signal);
    const lives = this.state === "ready" && this.#child === child;
    return lives ? new EngineFault("the connection broke, the engine lives", "connection") : this.#unavailable();
  }

  #to(state: EngineState, detail: string): void {
    this.state = state;
    this.detail = detail;
  }

  /** One engine process after the other, until close() or until there can be none. */
  async #live(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const began = performance.now();
      const how = await this.#oneLife().catch((error: Error) => error);
      if (this.#closing.signal.aborted) return;
      const first = this.#model === undefined;
      failures = this.state === "ready" && performance.now() - began > RECOVERED_AFTER_MS ? 1 : failures + 1;
      const said = how instanceof Error ? how.message : how;
      const final = how instanceof EngineRefused || failures >= FIRST_START_ATTEMPTS;
      if (how instanceof ModelChanged || (first && final)) {
        // On the first start whoever waits for `loaded` says it.
        if (!first) this.parts.log.error("the engine cannot serve: {said}", { said });
        this.#to("failed", said);
        this.#loaded.reject(new Error(said));
        return;
      }
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
      this.#expected = performance.now() + delay + this.#loadingMs;
      this.#to(first ? "starting" : "restarting", `${said}; it is being started again`);
      this.parts.log.error("{said}; next start in {delay} ms", { said, delay });
      await sleep(delay, this.#closing.signal);
    }
  }

  /** @returns how the process ended, after it had been ready */
  async #oneLife(): Promise<string> {
    const began = performance.now();
    const child = await EngineChild.start(this.options, this.parts).catch((error) => {
      throw new EngineRefused(`the engine process cannot be started: ${error.message}`);
    });
    this.#child = child;
    try {
      if (this.#closing.signal.aborted) {
        await child.stop();
        return await child.ended;
      }
      const model = await this.#describe(child);
      if (this.#model && model.digest !== this.#model.digest) {
        await child.stop();
        throw new ModelChanged("the checkpoint on disk is another one than at the start: start the service anew");
      }
      this.#loadingMs = performance.now() - began;
      if (!this.#closing.signal.aborted) this.#welcome(child, model);
      return await child.ended;
    } finally {
      await child.ended;
      this.#child = undefined;
    }
  }

  /** What is loaded, once it is. A process that cannot be asked is no use and is ended. */
  async #describe(child: EngineChild): Promise<ModelDescription> {
    try {
      await child.ready;
      return await (await child.fetch("/model")).json();
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  #welcome(child: EngineChild, model: ModelDescription): void {
    if (this.#model) this.restarts++;
    this.#model ??= model;
    this.#to("ready", "the model is loaded");
    this.#loaded.resolve(model);
    this.parts.log.info("the engine is ready: {model} in process {pid}", { model: model.id, pid: child.pid });
  }
}

function headersOf(flow: Flow | undefined): Record<string, string> {
  if (flow === undefined) return {};
  return { [FLOW_HEADER]: flow.name, ...(flow.background ? { [BACKGROUND_HEADER]: "1" } : {}) };
}

/** Ends early, without an error, when the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
