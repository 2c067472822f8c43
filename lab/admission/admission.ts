import { Calibration, type Cost } from "./cost.ts";
import { Lines, type Waiting } from "./lines.ts";
import { Draining, type QueueBound, QueueFull } from "./refusals.ts";

export { Draining, QueueFull } from "./refusals.ts";

/** Who wants to use the engine, and for how much. */
export interface Entrant {
  /** Key of the caller; null where callers are not told apart. */
  readonly key: string | null;
  /** As far as it is known before the prompt is tokenised. */
  readonly cost: Cost;
  /** Work that nobody waits for: it has places of its own, and waits in lines of its own. */
  readonly background?: boolean;
}

/** The right to use the engine, until released; releasing twice is as once. */
export interface Permit extends Disposable {
  /** Says exactly what it takes, once that is known. */
  is(cost: Cost): void;
  /** @param took time in the engine, of what came from no cache: the estimates learn from it */
  release(took?: { readonly forwardMs: number; readonly lensMs: number }): void;
}

/** Told the place in the queue, from 1, and the milliseconds until its turn, on entering and whenever the place changes. */
export type OnPosition = (position: number, waitMs: number) => void;

export interface AdmissionOptions {
  /** Times of requests; left out: learnt anew. */
  readonly calibration?: Calibration;
  /** Entries that may wait. */
  readonly places?: number;
  /** Tokens of prompts that may wait. */
  readonly tokens?: number;
  /** Milliseconds of waiting beyond which nobody is let in. */
  readonly waitMs?: number;
  /** Entries that may run at a time: the engine interleaves them. As many again for keys of which nothing runs. */
  readonly parallel?: number;
  /** Background entries that may run at a time. */
  readonly background?: number;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

interface Entry extends Waiting {
  readonly cost: Cost;
  readonly admit: (permit: Permit) => void;
  readonly refuse: (reason: unknown) => void;
  readonly onPosition: OnPosition | undefined;
  readonly arrived: number;
  /** The place that was told last. */
  told: number;
}

interface Running {
  readonly key: string;
  readonly background: boolean;
  readonly began: number;
  cost: Cost;
  /** Nobody else ran meanwhile: its time is its own. */
  alone: boolean;
}

/**
 * The bounded queue in front of the engine. Each key has a line of its own, and the lines are served by deficit round robin on
 * estimated work; a key of which nothing runs does not wait for the long work of others, with which the engine interleaves it.
 */
export class Admission {
  readonly places: number;
  readonly parallel: number;
  readonly calibration: Calibration;
  readonly #tokens: number;
  readonly #waitMs: number;
  readonly #background: number;
  readonly #now: () => number;
  readonly #lines = new Lines<Entry>();
  readonly #backgroundLines = new Lines<Entry>();
  readonly #running = new Set<Running>();
  readonly #emptied: (() => void)[] = [];
  #draining = false;

  constructor(options: AdmissionOptions = {}) {
    this.calibration = options.calibration ?? new Calibration();
    this.places = options.places ?? 64;
    this.parallel = options.parallel ?? 4;
    this.#tokens = options.tokens ?? Infinity;
    this.#waitMs = options.waitMs ?? Infinity;
    this.#background = options.background ?? 1;
    this.#now = options.now ?? performance.now.bind(performance);
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#lines.length + this.#backgroundLines.length;
  }

  /** Milliseconds that the one has waited that has waited longest; 0 where none waits. */
  get oldestWaitMs(): number {
    const waiting = [...this.#lines.all(), ...this.#backgroundLines.all()];
    return waiting.reduce((longest, { arrived }) => Math.max(longest, this.#now() - arrived), 0);
  }

  /**
   * Waits for a permit. Aborting `signal` gives the place up; afterwards it has no effect.
   * @param onPosition not called when admitted at once
   * @throws {QueueFull} at once, when a bound is reached
   * @throws {Draining} when the service shuts down
   * @throws the signal's reason
   */
  async enter(
    { key, cost, background = false }: Entrant,
    signal: AbortSignal,
    onPosition?: OnPosition,
  ): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#draining) throw new Draining();
    const { promise, resolve: admit, reject: refuse } = Promise.withResolvers<Permit>();
    const ms = this.calibration.ms(cost);
    const entry: Entry = {
      key: key ?? "",
      ms,
      tokens: cost.tokens,
      cost,
      admit,
      refuse,
      onPosition,
      arrived: this.#now(),
      told: 0,
    };
    const lines = background ? this.#backgroundLines : this.#lines;
    if (lines.lengthOf(entry.key) === 0 && this.#may(entry.key, background)) return this.#admit(entry, background);
    if (!background) this.#checkBounds(entry, key !== null);
    lines.push(entry);
    this.#tell(lines, entry);
    const abort = () => {
      if (!lines.remove(entry)) return;
      refuse(signal.reason);
      this.#tellAll(lines);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Milliseconds that a request would wait if it came now. */
  expectedWaitMs({ key, cost, background = false }: Entrant): number {
    const line = key ?? "";
    if (this.#lines.lengthOf(line) === 0 && this.#may(line, background)) return 0;
    return this.#expectedMs(this.#lines, { key: line, ms: this.calibration.ms(cost), tokens: 0 } as Entry);
  }

  /**
   * Refuses new entries; those inside and those waiting go on until `deadline` aborts, which refuses the waiting.
   * @returns true when all ended before the deadline
   */
  async drain(deadline: AbortSignal): Promise<boolean> {
    this.#draining = true;
    for (const entry of this.#backgroundLines.clear()) entry.refuse(new Draining());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied.push(resolve);
    const expire = () => {
      for (const entry of this.#lines.clear()) entry.refuse(new Draining());
      resolve();
    };
    if (this.#running.size === 0) resolve();
    else if (deadline.aborted) expire();
    else deadline.addEventListener("abort", expire, { once: true });
    await promise;
    deadline.removeEventListener("abort", expire);
    return this.#running.size === 0;
  }

  /** Whether there is room among what runs. */
  #may(key: string, background: boolean): boolean {
    const running = [...this.#running].filter((other) => other.background === background);
    if (background) return running.length < this.#background;
    if (running.length < this.parallel) return true;
    return running.length < 2 * this.parallel && !running.some((other) => other.key === key);
  }

  #admit({ key, cost }: Entry, background: boolean): Permit {
    const running: Running = { key, background, began: this.#now(), cost, alone: this.#running.size === 0 };
    for (const other of this.#running) other.alone = false;
    this.#running.add(running);
    const release: Permit["release"] = (took) => {
      if (!this.#running.delete(running)) return;
      if (took && running.alone) this.calibration.observe(running.cost, took);
      this.#next();
    };
    return { is: (exact) => void (running.cost = exact), release, [Symbol.dispose]: () => release() };
  }

  #next(): void {
    for (const background of [false, true]) {
      const lines = background ? this.#backgroundLines : this.#lines;
      const before = lines.length;
      for (let next = lines.shift((key) => this.#may(key, background)); next;) {
        next.admit(this.#admit(next, background));
        next = lines.shift((key) => this.#may(key, background));
      }
      if (lines.length < before) this.#tellAll(lines);
    }
    if (this.#running.size === 0) { for (const resolve of this.#emptied.splice(0)) resolve(); }
  }

  /** @param keyed whether callers are told apart: then one alone may not fill the queue */
  #checkBounds(entry: Entry, keyed: boolean): void {
    const waitMs = this.#expectedMs(this.#lines, entry);
    const refuse = (bound: QueueBound, message: string): never => {
      throw new QueueFull(bound, message, Math.max(1, Math.ceil(waitMs / 1000)));
    };
    const waiting = this.#lines.length;
    if (waiting >= this.places) refuse("places", `all ${this.places} places of the queue are taken`);
    // As many of a key as are free: the others find room whatever it does.
    if (keyed && this.#lines.lengthOf(entry.key) >= this.places - waiting) {
      refuse(
        "share",
        `the key ${entry.key} has ${this.#lines.lengthOf(entry.key)} of ${this.places} places in the queue`,
      );
    }
    if (waiting > 0 && this.#lines.tokens + entry.tokens > this.#tokens) {
      refuse("tokens", `prompts of ${this.#lines.tokens} tokens wait, and ${this.#tokens} may`);
    }
    if (waitMs > this.#waitMs) {
      refuse("wait", `it would wait about ${Math.ceil(waitMs / 1000)} s, longer than ${this.#waitMs / 1000} s`);
    }
  }

  /** Until its turn: what is before it, and what is left of what runs. */
  #expectedMs(lines: Lines<Entry>, entry: Entry): number {
    const now = this.#now();
    let left = 0;
    for (const { cost, began, background } of this.#running) {
      if (!background) left += Math.max(0, this.calibration.ms(cost) - Math.max(0, now - began));
    }
    // The first of those that run is done after its part of the rest.
    return lines.ahead(entry).ms + left / Math.max(1, Math.min(this.#running.size, this.parallel));
  }

  #tellAll(lines: Lines<Entry>): void {
    for (const entry of lines.all()) this.#tell(lines, entry);
  }

  #tell(lines: Lines<Entry>, entry: Entry): void {
    const position = lines.ahead(entry).count + 1;
    if (position === entry.told) return;
    entry.told = position;
    entry.onPosition?.(position, this.#expectedMs(lines, entry));
  }
}
