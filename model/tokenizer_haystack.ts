/** Between entries: half a character, which no well-formed text has. */
const SEPARATOR = "\ud800";

/** Many short texts as one long string, in which one native search finds a text in all of them. */
export class Haystack {
  readonly #joined: string;
  /** Where each entry begins, and where one more would. */
  readonly #starts: Uint32Array;

  private constructor(joined: string) {
    this.#joined = joined;
    const starts = [0];
    for (let at = joined.indexOf(SEPARATOR); at >= 0; at = joined.indexOf(SEPARATOR, at + 1)) starts.push(at + 1);
    this.#starts = Uint32Array.from(starts);
  }

  static of(entries: readonly string[]): Haystack {
    return new Haystack(entries.map((entry) => entry.toWellFormed() + SEPARATOR).join(""));
  }

  /** The same entries, each changed alike. @param change of a text of any length; leaves half characters alone */
  changed(change: (text: string) => string): Haystack {
    return new Haystack(change(this.#joined));
  }

  /**
   * Tells of every entry that contains a text, in order.
   *
   * @param needle well-formed and not empty
   * @param found is given the entry's index, where in it the text begins first, and the entry's length, in UTF-16 units
   */
  visit(needle: string, found: (entry: number, at: number, length: number) => void): void {
    const starts = this.#starts;
    let entry = 0;
    for (let at = this.#joined.indexOf(needle); at >= 0; at = this.#joined.indexOf(needle, starts[entry + 1]!)) {
      while (starts[entry + 1]! <= at) entry++;
      const start = starts[entry]!;
      found(entry, at - start, starts[entry + 1]! - 1 - start);
    }
  }

  /** Whether an entry has a text at a place in it. */
  has(needle: string, entry: number, at: number): boolean {
    return this.#joined.startsWith(needle, this.#starts[entry]! + at);
  }
}
