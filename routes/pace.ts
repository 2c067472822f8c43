/** How slow the other side of a connection may be. */
export interface PaceBounds {
  /** Milliseconds of waiting that everybody has, and the longest wait without a byte. */
  readonly graceMs: number;
  /** Beyond the grace, bytes a second on average; 0: it begins anew with every byte. */
  readonly bytesPerSecond: number;
}

/**
 * Measures the time that a connection's other side is waited for. Time in which it is this side's turn does not count: a body
 * that is read late is not a slow one.
 */
export class Pace {
  readonly #bounds: PaceBounds;
  readonly #tooSlow: () => void;
  #bytes = 0;
  #waitedMs = 0;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param tooSlow called once, when the bound is passed */
  constructor(bounds: PaceBounds, tooSlow: () => void) {
    this.#bounds = bounds;
    this.#tooSlow = tooSlow;
  }

  /** From now on the other side is waited for. */
  waits(): void {
    if (this.#timer !== undefined) return;
    const { graceMs, bytesPerSecond } = this.#bounds;
    const earnedMs = bytesPerSecond === 0 ? Infinity : 1000 * this.#bytes / bytesPerSecond;
    const allowedMs = Math.min(graceMs, graceMs + earnedMs - this.#waitedMs);
    this.#since = performance.now();
    this.#timer = setTimeout(this.#tooSlow, Math.max(0, allowedMs));
  }

  /** The other side has moved, and is not waited for. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    if (this.#timer !== undefined) this.#waitedMs += performance.now() - this.#since;
    this.stop();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
