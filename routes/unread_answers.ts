/** Bytes of answers that may wait in memory for slow readers before the slowest of them are given up. */
const MOST_BYTES = 1 << 29;
/** Bytes up to which answers are taken from the engine before they are read: whoever reads slowly does not hold it. */
const AHEAD_BYTES = 1 << 28;
/** The same of one answer: the largest that is not a stream, as it is set. */
const AHEAD_OF_ONE = 1 << 25;
/** Milliseconds without a byte taken after which an answer makes room for others. */
const PATIENCE_MS = 10_000;

export interface UnreadBounds {
  readonly mostBytes?: number;
  readonly aheadBytes?: number;
  readonly aheadOfOne?: number;
  readonly patienceMs?: number;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

/** What answers have in memory that their clients have not taken yet, over all connections. */
export class UnreadAnswers {
  readonly #bounds: Required<UnreadBounds>;
  /** Least recently moved first. */
  readonly #answers = new Set<UnreadAnswer>();
  #bytes = 0;

  constructor(bounds: UnreadBounds = {}) {
    this.#bounds = {
      mostBytes: MOST_BYTES,
      aheadBytes: AHEAD_BYTES,
      aheadOfOne: AHEAD_OF_ONE,
      patienceMs: PATIENCE_MS,
      now: performance.now.bind(performance),
      ...bounds,
    };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param giveUp breaks the answer off, where there are too many */
  add(giveUp: () => void): UnreadAnswer {
    const answer: UnreadAnswer = {
      bytes: 0,
      movedAt: this.#bounds.now(),
      giveUp,
      mayReadAhead: () => {
        const { aheadOfOne, aheadBytes, patienceMs, now } = this.#bounds;
        if (answer.bytes >= aheadOfOne) return false;
        this.#makeRoom(aheadBytes, (slowest) => slowest !== answer && now() - slowest.movedAt >= patienceMs);
        return this.#bytes < aheadBytes;
      },
      made: (bytes) => {
        this.#answers.add(answer);
        this.#count(answer, bytes);
        this.#makeRoom(this.#bounds.mostBytes, (slowest) => slowest !== answer);
      },
      taken: (bytes) => {
        if (!this.#answers.delete(answer)) return;
        answer.movedAt = this.#bounds.now();
        this.#answers.add(answer);
        this.#count(answer, -bytes);
      },
      end: () => {
        if (this.#answers.delete(answer)) this.#count(answer, -answer.bytes);
      },
    };
    return answer;
  }

  /** Gives up whoever moved longest ago, as far as it may be given up, until less waits. */
  #makeRoom(bytes: number, may: (answer: UnreadAnswer) => boolean): void {
    for (const slowest of this.#answers) {
      if (this.#bytes < bytes || !may(slowest)) return;
      slowest.giveUp();
      slowest.end();
    }
  }

  #count(answer: UnreadAnswer, bytes: number): void {
    answer.bytes += bytes;
    this.#bytes += bytes;
  }
}

/** One answer's part of it. */
export interface UnreadAnswer {
  bytes: number;
  /** When its client took something the last time. */
  movedAt: number;
  giveUp(): void;
  /** Whether more of it may be made before what there is was taken. */
  mayReadAhead(): boolean;
  made(bytes: number): void;
  taken(bytes: number): void;
  end(): void;
}
