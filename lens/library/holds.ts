/** Counts who uses which file, so that it is removed only after the last. */
export class Holds {
  readonly #counts = new Map<string, number>();
  readonly #postponed = new Set<string>();
  readonly #ended = new Set<Promise<void>>();

  /** @param onReleased called when the last holder of a digest is gone whose removal was postponed */
  constructor(readonly onReleased: (sha256: string) => Promise<void>) {}

  hold(sha256: string): Disposable {
    this.#counts.set(sha256, (this.#counts.get(sha256) ?? 0) + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#release(sha256);
        held = false;
      },
    };
  }

  /** Whether it is held; if so, its removal will be asked for later. */
  postpones(sha256: string): boolean {
    const held = this.#counts.has(sha256);
    if (held) this.#postponed.add(sha256);
    return held;
  }

  /** Resolves when what releases began is done. */
  async settled(): Promise<void> {
    while (this.#ended.size > 0) await Promise.all(this.#ended);
  }

  #release(sha256: string): void {
    const left = this.#counts.get(sha256)! - 1;
    if (left > 0) {
      this.#counts.set(sha256, left);
      return;
    }
    this.#counts.delete(sha256);
    if (!this.#postponed.delete(sha256)) return;
    const ended = this.onReleased(sha256).finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
  }
}
