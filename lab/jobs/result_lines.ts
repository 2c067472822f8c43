import type { JobAnswer } from "./types.ts";

/** Answers that come in any order, given on in prompt order. */
export class ResultLines {
  readonly #early = new Map<number, string>();
  #ready: string[] = [];
  #chars = 0;
  /** The prompt whose answer is next. */
  #next: number;

  constructor(from: number) {
    this.#next = from;
  }

  /** Characters of the lines that are ready. */
  get chars(): number {
    return this.#chars;
  }

  /** @throws {TypeError} for a prompt that is answered already, or was not asked */
  add({ index, line }: JobAnswer, end: number): void {
    if (index < this.#next || index >= end || this.#early.has(index)) {
      throw new TypeError(`an answer to prompt ${index} was not expected`);
    }
    this.#early.set(index, line);
    for (let next = this.#early.get(this.#next); next !== undefined; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#ready.push(next);
      this.#chars += next.length;
    }
  }

  /** The lines that are ready: whoever takes them appends them. */
  take(): string[] {
    const lines = this.#ready;
    this.#ready = [];
    this.#chars = 0;
    return lines;
  }
}
