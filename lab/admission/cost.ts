/** What a request takes of the model. */
export interface Cost {
  /** Tokens that go through the blocks. */
  readonly tokens: number;
  /** Rows that go through the head. */
  readonly rows: number;
}

export const NO_COST: Cost = { tokens: 0, rows: 0 };

export interface ModelSize {
  readonly parameters: number;
  /** Entries of the unembedding: d_model × vocabulary. */
  readonly unembedding: number;
}

/** Multiply-adds a millisecond of a small machine: only until something was measured. */
const ASSUMED_MULTIPLY_ADDS = 40e6;
/** What is forgotten of the older measurements with each new one: about the last thirty count. */
const FORGET = 0.97;

/** Sums of a least-squares line through forward times over tokens. */
interface Sums {
  readonly n: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly xy: number;
}

/**
 * Milliseconds that a request will take, learnt from those that ran alone: the forward pass as a fixed part and a part by token, the
 * lenses by row.
 */
export class Calibration {
  #forward: Sums = { n: 0, x: 0, y: 0, xx: 0, xy: 0 };
  #rows = 0;
  #lensMs = 0;
  #error: number | null = null;
  #size: ModelSize = { parameters: 0, unembedding: 0 };

  /** What the first guess is made from. */
  assume(size: ModelSize): void {
    this.#size = size;
  }

  /** Mean of |estimate − time| / time of recent requests; null before the first. */
  get error(): number | null {
    return this.#error;
  }

  ms(cost: Cost): number {
    return this.forwardMs(cost.tokens) + this.lensMs(cost.rows);
  }

  forwardMs(tokens: number): number {
    if (tokens === 0) return 0;
    const { n, x, y, xx, xy } = this.#forward;
    if (n === 0) return tokens * this.#size.parameters / ASSUMED_MULTIPLY_ADDS;
    const spread = n * xx - x * x;
    // All of nearly one length: no line goes through a point.
    if (spread < 1e-3 * n * xx) return y / x * tokens;
    const slope = Math.max(0, (n * xy - x * y) / spread);
    const fixed = (y - slope * x) / n;
    return Math.max(0, fixed) + (fixed < 0 ? y / x : slope) * tokens;
  }

  lensMs(rows: number): number {
    if (this.#rows > 0) return rows * this.#lensMs / this.#rows;
    return rows * this.#size.unembedding / ASSUMED_MULTIPLY_ADDS;
  }

  /** What a request took that ran alone, none of it from a cache. */
  observe(cost: Cost, took: { readonly forwardMs: number; readonly lensMs: number }): void {
    const ms = took.forwardMs + took.lensMs;
    if (cost.tokens === 0 || ms <= 0) return;
    const error = Math.abs(this.ms(cost) - ms) / ms;
    // The first one was guessed from the model's size alone.
    if (this.#forward.n > 0) this.#error = this.#error === null ? error : FORGET * this.#error + (1 - FORGET) * error;
    const [{ n, x, y, xx, xy }, tokens] = [this.#forward, cost.tokens];
    this.#forward = {
      n: FORGET * n + 1,
      x: FORGET * x + tokens,
      y: FORGET * y + took.forwardMs,
      xx: FORGET * xx + tokens * tokens,
      xy: FORGET * xy + tokens * took.forwardMs,
    };
    this.#rows = FORGET * this.#rows + cost.rows;
    this.#lensMs = FORGET * this.#lensMs + took.lensMs;
  }
}
