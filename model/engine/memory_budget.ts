/** Bytes that requests take while they run; who does not fit waits, first come first served. One alone always fits. */
export class MemoryBudget {
  #taken = 0;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(readonly bytes: number) {}

  /**
   * Waits until `bytes` are free and takes them.
   * @returns gives them back when disposed
   * @throws the signal's reason, if it aborts while waiting
   */
  async take(bytes: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#taken += bytes;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#release(bytes);
        held = false;
      },
    };
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { bytes, go: resolve };
    const leave = () => {
      const index = this.#waiting.indexOf(entry);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason);
      this.#admit();
    };
    this.#waiting.push(entry);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #release(bytes: number): void {
    this.#taken -= bytes;
    this.#admit();
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const { bytes, go } = this.#waiting.shift()!;
      this.#taken += bytes;
      go();
    }
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.bytes;
  }
}
