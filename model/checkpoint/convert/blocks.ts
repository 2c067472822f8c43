import { eachSlice, type Encoding } from "./encoding.ts";

/** Codes of 4 bits, 0…15, and a zero point among them. */
const LARGEST_CODE = 15;
/** Parts of a block's range that its codes are stretched over: without the rare ends the steps are finer. */
const RANGES = [1, 0.92, 0.84, 0.76];
/** Below this a block is zero. */
const TINY = 1e-30;

/**
 * 4 bits in blocks of `block` weights along `in`, each with a scale and a zero point, for MatMulNBits. Of each block the
 * range and the zero point are searched for which, with the scale then fitted by least squares, the squared error is
 * smallest; scaling by the largest magnitude alone makes it about twice as large.
 */
export function blocks4(block: number): Encoding {
  const blocksOf = (into: number) => Math.ceil(into / block);
  const zeroBytes = (into: number) => Math.ceil(blocksOf(into) / 2);
  return {
    parts: (size) => [
      { part: "scales", dtype: "F32", shape: [size.out, blocksOf(size.in)] },
      { part: "codes", dtype: "U8", shape: [size.out, blocksOf(size.in), block / 2] },
      { part: "zero_points", dtype: "U8", shape: [size.out, zeroBytes(size.in)] },
    ],
    encode: async (size, rows) => {
      const count = blocksOf(size.in);
      const scales = new Float32Array(size.out * count);
      const codes = new Uint8Array(size.out * count * block / 2);
      const zeros = new Uint8Array(size.out * zeroBytes(size.in));
      const fit = new BlockFit(block);
      await eachSlice(size, rows, (values, from, to) => {
        for (let n = from; n < to; n++) {
          for (let b = 0; b < count; b++) {
            const at = (n - from) * size.in + b * block;
            fit.take(values, at, Math.min(block, size.in - b * block));
            scales[n * count + b] = fit.scale;
            zeros[n * zeroBytes(size.in) + (b >> 1)]! |= fit.zero << (4 * (b & 1));
            fit.write(codes, (n * count + b) * block / 2);
          }
        }
      });
      return new Map([
        ["scales", new Uint8Array(scales.buffer)],
        ["codes", codes],
        ["zero_points", zeros],
      ]);
    },
    matrix: (size, { bytes, floats }) => ({
      form: "blocks",
      bits: 4,
      block,
      ...size,
      codes: bytes("codes", "U8"),
      scales: floats("scales"),
      zeroPoints: bytes("zero_points", "U8"),
    }),
  };
}

/** The best scale, zero point and codes of one block. */
class BlockFit {
  scale = 0;
  zero = 0;
  /** Codes a weight's size apart; 1 / step. */
  #inverse = 0;
  readonly #block: number;
  readonly #codes: Uint8Array;

  constructor(block: number) {
    this.#block = block;
    this.#codes = new Uint8Array(block);
  }

  /**
   * @param values of rows; the block is `count` of them from `at` on, fewer than its size at the end of a row
   * @throws {RangeError} for one that is not finite
   */
  take(values: Float32Array, at: number, count: number): void {
    const end = at + count;
    let low = 0;
    let high = 0;
    let sum = 0;
    for (let i = at; i < end; i++) {
      const value = values[i]!;
      sum += value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!Number.isFinite(sum)) throw new RangeError("a weight is not a finite number");
    this.scale = 0;
    this.zero = (LARGEST_CODE + 1) / 2;
    this.#inverse = 0;
    if (high - low >= TINY) this.#search(values, at, end, low, high);
    const { zero } = this;
    this.#codes.fill(zero);
    for (let i = at; i < end; i++) this.#codes[i - at] = codeOf(values[i]! * this.#inverse + zero);
  }

  write(into: Uint8Array, at: number): void {
    for (let i = 0; i < this.#block; i += 2) into[at + (i >> 1)] = this.#codes[i]! | (this.#codes[i + 1]! << 4);
  }

  #search(values: Float32Array, at: number, end: number, low: number, high: number): void {
    let most = 0;
    for (const part of RANGES) {
      const inverse = LARGEST_CODE / ((high - low) * part);
      const first = Math.floor((LARGEST_CODE - (high + low) * inverse) / 2);
      for (let zero = Math.max(first, 0); zero <= first + 1 && zero <= LARGEST_CODE; zero++) {
        let dot = 0;
        let square = 0;
        for (let i = at; i < end; i++) {
          const value = values[i]!;
          const level = codeOf(value * inverse + zero) - zero;
          dot += level * value;
          square += level * level;
        }
        // With the scale that is best for these codes, Σ (value − scale · level)² is Σ value² less this.
        const explained = square === 0 ? 0 : dot * dot / square;
        if (explained <= most) continue;
        most = explained;
        this.scale = dot / square;
        this.zero = zero;
        this.#inverse = inverse;
      }
    }
  }
}

/** The nearest code. */
function codeOf(steps: number): number {
  const code = (steps + 0.5) | 0; // Below −0.5 it is cut towards zero: negative numbers are put right next.
  return code < 0 ? 0 : code > LARGEST_CODE ? LARGEST_CODE : code;
}
