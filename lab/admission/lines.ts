/** Milliseconds of work that a line may have done in a round. */
const QUANTUM_MS = 50;

/** Someone who waits. */
export interface Waiting {
  readonly key: string;
  /** Estimated work. */
  readonly ms: number;
  readonly tokens: number;
}

interface Line<W> {
  readonly key: string;
  readonly waiting: W[];
  deficitMs: number;
  /** Whether it got this round's quantum. */
  granted: boolean;
}

/** Lines of those who wait, one a key, served by deficit round robin on estimated work (Shreedhar and Varghese 1995). */
export class Lines<W extends Waiting> {
  /** In the order of their turn; a line that nobody stands in is not kept. */
  #lines: Line<W>[] = [];
  #tokens = 0;

  get length(): number {
    return this.#lines.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  get tokens(): number {
    return this.#tokens;
  }

  lengthOf(key: string): number {
    return this.#of(key)?.waiting.length ?? 0;
  }

  push(waiting: W): void {
    let line = this.#of(waiting.key);
    if (!line) this.#lines.push(line = { key: waiting.key, waiting: [], deficitMs: 0, granted: false });
    line.waiting.push(waiting);
    this.#tokens += waiting.tokens;
  }

  /** Takes who is next of those lines that `may` be served; undefined where nobody is. */
  shift(may: (key: string) => boolean): W | undefined {
    if (!this.#lines.some(({ key }) => may(key))) return undefined;
    while (true) {
      const line = this.#lines[0]!;
      if (may(line.key)) {
        if (!line.granted) line.deficitMs += QUANTUM_MS;
        line.granted = true;
        const first = line.waiting[0]!;
        if (first.ms <= line.deficitMs) {
          line.deficitMs -= first.ms;
          this.#drop(line, 0);
          return first;
        }
      }
      line.granted = false;
      this.#lines.push(this.#lines.shift()!);
    }
  }

  /** @returns whether it stood here */
  remove(waiting: W): boolean {
    const line = this.#of(waiting.key);
    const index = line?.waiting.indexOf(waiting) ?? -1;
    if (index >= 0) this.#drop(line!, index);
    return index >= 0;
  }

  /** Everybody, and nobody is left. */
  clear(): W[] {
    this.#tokens = 0;
    return this.#lines.splice(0).flatMap(({ waiting }) => waiting);
  }

  all(): W[] {
    return this.#lines.flatMap(({ waiting }) => waiting);
  }

  /**
   * Who comes before someone, as far as it can be told: those ahead in the line, and of every other line as many, and as much, as until
   * the same turn.
   *
   * @param waiting stands here, or would stand at the end of its line
   */
  ahead(waiting: W): { readonly count: number; readonly ms: number } {
    const own = this.#of(waiting.key)?.waiting ?? [];
    const index = own.indexOf(waiting);
    const before = index < 0 ? own : own.slice(0, index);
    const ms = before.reduce((sum, { ms }) => sum + ms, 0);
    const total = { count: before.length, ms };
    for (const line of this.#lines) {
      if (line.key === waiting.key) continue;
      total.count += Math.min(line.waiting.length, before.length + 1);
      total.ms += Math.min(line.waiting.reduce((sum, { ms }) => sum + ms, 0), ms + waiting.ms);
    }
    return total;
  }

  #of(key: string): Line<W> | undefined {
    return this.#lines.find((line) => line.key === key);
  }

  #drop(line: Line<W>, index: number): void {
    const [gone] = line.waiting.splice(index, 1);
    this.#tokens -= gone!.tokens;
    if (line.waiting.length === 0) this.#lines.splice(this.#lines.indexOf(line), 1);
  }
}
