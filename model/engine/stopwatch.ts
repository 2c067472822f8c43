/** Adds up the time that named steps take, their consumer's time left out. */
export class Stopwatch {
  readonly #ms = new Map<string, number>();

  ms(step: string): number {
    return this.#ms.get(step) ?? 0;
  }

  /** Passes `source` on, counting the time spent waiting for each of its values as `step`. */
  async *around<T>(step: string, source: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      while (true) {
        const start = performance.now();
        const next = await source.next();
        this.#ms.set(step, this.ms(step) + performance.now() - start);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await source.return(undefined);
    }
  }
}
