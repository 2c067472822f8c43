/** Tells those who wait for a change of a job. */
export class JobChanges {
  readonly #waiting = new Map<string, Set<() => void>>();

  tell(id: string): void {
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  tellAll(): void {
    for (const id of this.#waiting.keys()) this.tell(id);
  }

  /** Resolves at the next change, or after some time. @throws the signal's reason */
  async next(id: string, ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(resolve));
    const timer = setTimeout(resolve, ms);
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }
}

/** Waits for something. @throws the signal's reason */
export function until(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
