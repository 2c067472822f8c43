/** The queue is full: come back later. Thrown before any work is done for the request. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
  constructor(readonly places: number, readonly retryAfterSeconds: number) {
    super(`all ${places} places of the queue are taken`);
  }
}

/** The service is shutting down and takes nothing new. */
export class Draining extends Error {
  override readonly name = "Draining";
  constructor() {
    super("the service is shutting down");
  }
}

/** The right to use the engine, until released; releasing twice is as once. */
export interface Permit extends Disposable {
  release(): void;
}

export interface AdmissionOptions {
  /** Entries that may wait. */
  readonly places?: number;
  /** Entries that may run at a time: the engine interleaves them. */
  readonly parallel?: number;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

/** Service time assumed before the first one was seen. */
const ASSUMED_SERVICE_MS = 1000;
/** Weight of the newest service time in the mean: about the last ten count. */
const NEWEST_WEIGHT = 0.2;

interface Entry {
  readonly admit: (permit: Permit) => void;
  readonly refuse: (reason: unknown) => void;
  readonly onPosition: ((position: number) => void) | undefined;
}

/** The bounded queue in front of the engine: first come, first served. */
export class Admission {
  readonly places: number;
  readonly parallel: number;
  readonly #now: () => number;
  readonly #waiting: Entry[] = [];
  readonly #emptied: (() => void)[] = [];
  #running = 0;
  #draining = false;
  #meanMs = ASSUMED_SERVICE_MS;

  constructor({ places = 64, parallel = 4, now = performance.now.bind(performance) }: AdmissionOptions = {}) {
    this.places = places;
    this.parallel = parallel;
    this.#now = now;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a permit. Aborting `signal` gives the place up; afterwards it has no effect.
   * @param onPosition told the place in the queue, from 1, on entering and whenever it changes; not when admitted at once
   * @throws {QueueFull} at once, when no place is free
   * @throws {Draining} when the service shuts down
   * @throws the signal's reason
   */
  async enter(signal: AbortSignal, onPosition?: (position: number) => void): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#draining) throw new Draining();
    if (this.#running < this.parallel) return this.#admit();
    if (this.#waiting.length >= this.places) throw new QueueFull(this.places, this.#retryAfterSeconds());
    const { promise, resolve: admit, reject: refuse } = Promise.withResolvers<Permit>();
    const entry: Entry = { admit, refuse, onPosition };
    this.#waiting.push(entry);
    onPosition?.(this.#waiting.length);
    const abort = () => this.#leave(entry, signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Refuses new entries; those inside and those waiting go on until `deadline` aborts, which refuses the waiting.
   * @returns true when all ended before the deadline
   */
  async drain(deadline: AbortSignal): Promise<boolean> {
    this.#draining = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied.push(resolve);
    const expire = () => {
      for (const entry of this.#waiting.splice(0)) entry.refuse(new Draining());
      resolve();
    };
    if (this.#running === 0) resolve();
    else if (deadline.aborted) expire();
    else deadline.addEventListener("abort", expire, { once: true });
    await promise;
    deadline.removeEventListener("abort", expire);
    return this.#running === 0;
  }

  #admit(): Permit {
    this.#running++;
    const began = this.#now();
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.#meanMs += NEWEST_WEIGHT * (this.#now() - began - this.#meanMs);
      this.#running--;
      this.#next();
    };
    return { release, [Symbol.dispose]: release };
  }

  #next(): void {
    const entry = this.#waiting.shift();
    if (entry) {
      entry.admit(this.#admit());
      this.#tellPositions(0);
    } else if (this.#running === 0) {
      for (const resolve of this.#emptied.splice(0)) resolve();
    }
  }

  #leave(entry: Entry, reason: unknown): void {
    const index = this.#waiting.indexOf(entry);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    entry.refuse(reason);
    this.#tellPositions(index);
  }

  #tellPositions(from: number): void {
    this.#waiting.slice(from).forEach((entry, index) => entry.onPosition?.(from + index + 1));
  }

  /** By then what waits now has been served: sooner, a place may be free, but most who come back find none. */
  #retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#meanMs * (this.#waiting.length + 1) / this.parallel / 1000));
  }
}
