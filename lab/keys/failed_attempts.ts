import { LRUCache } from "lru-cache";

export interface FailedAttemptsOptions {
  /** Failures that an address has at once. */
  readonly burst?: number;
  /** Milliseconds after which it has one more. */
  readonly everyMs?: number;
  /** Clock in milliseconds; one that never jumps. */
  readonly now?: () => number;
}

/** Addresses remembered; the least recent are forgotten first. */
const ADDRESSES = 10_000;

interface Left {
  readonly attempts: number;
  readonly at: number;
}

/**
 * Counts failed attempts by address, so that whoever guesses fills neither the log nor the time of others. A right key
 * passes whatever its address did: behind one address may be a whole lab.
 */
export class FailedAttempts {
  readonly #left = new LRUCache<string, Left>({ max: ADDRESSES });
  readonly #burst: number;
  readonly #everyMs: number;
  readonly #now: () => number;

  constructor({ burst = 10, everyMs = 6000, now = performance.now.bind(performance) }: FailedAttemptsOptions = {}) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /**
   * Counts a failure.
   * @returns 0 where it is one of those that are answered in full; else the seconds until the next one is
   */
  add(address: string): number {
    const now = this.#now();
    const before = this.#left.get(address) ?? { attempts: this.#burst, at: now };
    const elapsed = Math.max(0, now - before.at);
    const attempts = Math.min(this.#burst, before.attempts + elapsed / this.#everyMs);
    if (attempts < 1) return Math.ceil((1 - attempts) * this.#everyMs / 1000);
    this.#left.set(address, { attempts: attempts - 1, at: now });
    return 0;
  }
}
