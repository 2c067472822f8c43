import { blockOf } from "../graph/states.ts";
import type { States, Wanted } from "./forward_pass.ts";
import type { Pack } from "./pack.ts";

/** A pack that goes through the model in a pass over its weights, and its reader, who may leave at any time. */
export class PassRequest {
  /** What each stage gave, in the model's order; fails with the signal's reason. */
  readonly states: ReadableStream<States>;
  /** The last block that a state is wanted of: behind it nothing need be computed. */
  readonly lastBlock: number;
  readonly #gone = new AbortController();
  readonly #stream: ReadableStreamDefaultController<States>;
  readonly #signal: AbortSignal;
  #over = false;

  constructor(readonly pack: Pack, readonly wanted: Wanted, signal: AbortSignal) {
    this.lastBlock = Math.max(-1, ...[...wanted.states].map(blockOf));
    this.#signal = signal;
    let stream!: ReadableStreamDefaultController<States>;
    this.states = new ReadableStream<States>({
      start: (controller) => {
        stream = controller;
      },
      cancel: () => void this.#finish(),
    });
    this.#stream = stream;
    if (signal.aborted) this.#leave();
    else signal.addEventListener("abort", this.#leave, { once: true });
  }

  /** Aborts when nobody waits for the states any more: they were delivered, or the reader left. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  deliver(states: States): void {
    if (!this.#over) this.#stream.enqueue(states);
  }

  end(): void {
    if (this.#finish()) this.#stream.close();
  }

  fail(error: unknown): void {
    if (this.#finish()) this.#stream.error(error);
  }

  readonly #leave = () => this.fail(this.#signal.reason);

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#signal.removeEventListener("abort", this.#leave);
    this.#gone.abort();
    return true;
  }
}
