/** Bytes of answers that may wait in memory for slow readers before the slowest of them are given up. */
const MOST_BYTES = 1 << 29;
/** Bytes up to which answers are taken from the engine before they are read: whoever reads slowly does not hold it. */
const AHEAD_BYTES = 1 << 27;
/** The same of one answer. */
const AHEAD_OF_ONE = 1 << 23;

export interface UnreadBounds {
  readonly mostBytes?: number;
  readonly aheadBytes?: number;
  readonly aheadOfOne?: number;
}

/** What answers have in memory that their clients have not taken yet, over all connections. */
export class UnreadAnswers {
  readonly #bounds: Required<UnreadBounds>;
  /** Least recently moved first. */
  readonly #answers = new Set<UnreadAnswer>();
  #bytes = 0;

  constructor({ mostBytes = MOST_BYTES, aheadBytes = AHEAD_BYTES, aheadOfOne = AHEAD_OF_ONE }: UnreadBounds = {}) {
    this.#bounds = { mostBytes, aheadBytes, aheadOfOne };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param giveUp breaks the answer off, where there are too many */
  add(giveUp: () => void): UnreadAnswer {
    const answer: UnreadAnswer = {
      bytes: 0,
      giveUp,
      mayReadAhead: () => answer.bytes < this.#bounds.aheadOfOne && this.#bytes < this.#bounds.aheadBytes,
      made: (bytes) => {
        this.#answers.add(answer);
        this.#count(answer, bytes);
        for (const slowest of this.#answers) {
          if (this.#bytes <= this.#bounds.mostBytes || slowest === answer) break;
          slowest.giveUp();
          slowest.end();
        }
      },
      taken: (bytes) => {
        if (!this.#answers.delete(answer)) return;
        this.#answers.add(answer);
        this.#count(answer, -bytes);
      },
      end: () => {
        if (this.#answers.delete(answer)) this.#count(answer, -answer.bytes);
      },
    };
    return answer;
  }

  #count(answer: UnreadAnswer, bytes: number): void {
    answer.bytes += bytes;
    this.#bytes += bytes;
  }
}

/** One answer's part of it. */
export interface UnreadAnswer {
  bytes: number;
  giveUp(): void;
  /** Whether more of it may be made before what there is was taken. */
  mayReadAhead(): boolean;
  made(bytes: number): void;
  taken(bytes: number): void;
  end(): void;
}
