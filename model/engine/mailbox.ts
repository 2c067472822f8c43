/** Values handed from one task to another, in order; read once. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  #state: { readonly kind: "open" } | { readonly kind: "ended" } | {
    readonly kind: "failed";
    readonly error: unknown;
  } = {
    kind: "open",
  };
  #news = Promise.withResolvers<void>();

  /** Nothing more is taken. */
  get closed(): boolean {
    return this.#state.kind !== "open";
  }

  put(value: T): void {
    if (this.closed) return;
    this.#values.push(value);
    this.#news.resolve();
  }

  /** Puts the last value. */
  end(last: T): void {
    this.put(last);
    if (!this.closed) this.#state = { kind: "ended" };
  }

  /** The reader gets what is there, then the error. No effect after the end. */
  fail(error: unknown): void {
    if (this.closed) return;
    this.#state = { kind: "failed", error };
    this.#news.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#state.kind === "ended") return;
      if (this.#state.kind === "failed") throw this.#state.error;
      await this.#news.promise;
      this.#news = Promise.withResolvers();
    }
  }
}
