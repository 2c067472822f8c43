/**
 * Gives every waiting request its turn at the processor, first come first served, one run of a graph a turn: long prompts
 * interleave with short ones, and between two runs the process reads its messages, so that a cancel arrives.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `step` when its turn comes.
   * @throws the signal's reason, if it was aborted by then: the step is not run
   */
  async take<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = done;
    await before;
    try {
      await messages();
      signal.throwIfAborted();
      return await step();
    } finally {
      finish();
    }
  }
}

/** Lets the event loop read what has arrived: sockets and timers, not only settled promises. */
export function messages(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
