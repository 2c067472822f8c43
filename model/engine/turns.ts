import type { Loopback } from "./loopback.ts";
import { type GraphName, RunTimes } from "./run_times.ts";
import { inSpan } from "./span.ts";

/** Whose work it is, for the processor's turns: work of one flow waits for its own, flows share evenly. */
export interface Flow {
  /** Such as the key of a caller; empty: nobody in particular. */
  readonly name: string;
  /** Work that nobody waits for: it gets what others leave, and a little where they leave nothing. */
  readonly background: boolean;
}

/** Work of a service that does not tell its callers apart. */
export const NOBODYS: Flow = { name: "", background: false };

/** Background work counts this many times its time: one part in seventeen beside one interactive flow. */
const BACKGROUND_WEIGHT = 16;

/** What is run in a turn. */
export interface GraphRun {
  readonly graph: GraphName;
  /** Of its span: numbers alone, nothing of a prompt. */
  readonly attributes: () => Readonly<Record<string, number>>;
}

/** After a turn of so many milliseconds the sockets are looked at for hang-ups: little beside it. */
const REST_AFTER_MS = 2;
/** A hang-up is a read and what follows from it; a request comes in by several reads and goes out by several writes. */
const RESTS = 3;

interface Waiting {
  readonly start: () => void;
}

interface Line {
  readonly waiting: Waiting[];
  /** Start tag of its next turn, in milliseconds of its share. */
  tag: number;
}

/**
 * Gives every request its turn at the processor, one run of a graph a turn: long prompts interleave with short ones, and between
 * two runs the process reads its messages, so that a cancel arrives. Between flows the turns are shared by the time they took
 * (start-time fair queueing, Goyal, Vin and Cheng 1996): a flow that asks little is served at once beside one that floods.
 * Within a flow the first that comes is served first.
 */
export class Turns {
  /** Of the runs that were named. */
  readonly times = new RunTimes();
  readonly #flows = new WeakMap<AbortSignal, Flow>();
  readonly #lines = new Map<string, Line>();
  readonly #now: () => number;
  /** Start tag of the newest turn. */
  #virtual = 0;
  #running = false;
  /** Time of the newest turn. */
  #lastMs = 0;

  /**
   * @param loopback has the sockets looked at between turns; null: a timer has, which takes longer
   * @param now clock in milliseconds
   */
  constructor(readonly loopback: Loopback | null = null, now: () => number = performance.now.bind(performance)) {
    this.#now = now;
  }

  /** Says whose work a signal stops; of a signal that nobody spoke of, it is nobody's. */
  join(signal: AbortSignal, flow: Flow): void {
    this.#flows.set(signal, flow);
  }

  flowOf(signal: AbortSignal): Flow {
    return this.#flows.get(signal) ?? NOBODYS;
  }

  /**
   * Runs `step` when its turn comes.
   * @param run what it is, where that is to be counted and traced
   * @throws the signal's reason, if it was aborted by then: the step is not run
   */
  async take<T>(signal: AbortSignal, step: () => Promise<T>, run?: GraphRun): Promise<T> {
    const flow = this.flowOf(signal);
    const line = this.#line(flow);
    const { promise, resolve: start } = Promise.withResolvers<void>();
    line.waiting.push({ start });
    if (!this.#running) this.#next();
    await promise;
    const began = this.#now();
    try {
      signal.throwIfAborted();
      return await (run ? inSpan(run.graph, run.attributes, step) : step());
    } finally {
      this.#lastMs = this.#now() - began;
      if (run) this.times.observe(run.graph, (this.#now() - began) / 1000);
      line.tag += (this.#now() - began) * (flow.background ? BACKGROUND_WEIGHT : 1);
      this.#next();
    }
  }

  #line({ name, background }: Flow): Line {
    const key = `${background ? "background" : "interactive"} ${name}`;
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, line = { waiting: [], tag: 0 });
    // A flow that was away has saved nothing up.
    if (line.waiting.length === 0) line.tag = Math.max(line.tag, this.#virtual);
    return line;
  }

  /** After what has arrived was read: cancels, and whoever goes on where the last turn ended. */
  async #next(): Promise<void> {
    this.#running = true;
    await messages();
    if (this.#lastMs >= REST_AFTER_MS) {
      for (let rest = 0; rest < RESTS; rest++) await (this.loopback ? this.loopback.turn() : timer());
    }
    let next: Line | undefined;
    for (const [key, line] of this.#lines) {
      if (line.waiting.length > 0) {
        if (next === undefined || line.tag < next.tag) next = line;
      } else if (line.tag <= this.#virtual) this.#lines.delete(key);
    }
    if (next === undefined) {
      this.#running = false;
      return;
    }
    this.#virtual = next.tag;
    next.waiting.shift()!.start();
  }
}

/** Lets the event loop read what has arrived: sockets and timers, not only settled promises. */
export function messages(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function timer(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
