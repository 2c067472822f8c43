import { eachSlice, type Encoding } from "./encoding.ts";

/** Codes of 4 bits, 0…15, and a zero point among them. */
const LARGEST_CODE = 15;
/** Adding and subtracting it rounds a double below 2^51 to the nearest whole number, ties to even. */
const ROUND = 6755399441055744;
/** Parts of a block's range that its codes are stretched over: the ends are rare, and cutting them off makes finer steps. */
const RANGES = [1.05, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];
/** Below this a block is zero. */
const TINY = 1e-30;

/**
 * 4 bits in blocks of `block` weights along `in`, each with a scale and a zero point, for MatMulNBits. Of each block the range and
 * the zero point are searched for which, with the scale then fitted by least squares, the squared error is smallest;
 * scaling by the largest magnitude alone makes it about twice as large.
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
            fit.take(values.subarray(at, Math.min(at + block, (n - from + 1) * size.in)));
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
  readonly #block: number;
  #codes: Float64Array;
  #trial: Float64Array;
  #least = Infinity;

  constructor(block: number) {
    this.#block = block;
    this.#codes = new Float64Array(block);
    this.#trial = new Float64Array(block);
  }

  /**
   * @param values of the block, fewer than its size at the end of a row
   * @throws {RangeError} for one that is not finite
   */
  take(values: Float32Array): void {
    let low = 0;
    let high = 0;
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      sum += value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!Number.isFinite(sum)) throw new RangeError("a weight is not a finite number");
    this.scale = 0;
    this.zero = LARGEST_CODE >> 1;
    this.#codes.fill(this.zero);
    this.#least = Infinity;
    if (high - low < TINY) return;
    for (const part of RANGES) {
      const step = (high - low) * part / LARGEST_CODE;
      const zero = Math.floor((LARGEST_CODE - (high + low) / step) / 2);
      for (const one of [zero, zero + 1]) if (one >= 0 && one <= LARGEST_CODE) this.#try(values, 1 / step, one);
    }
  }

  write(into: Uint8Array, at: number): void {
    for (let i = 0; i < this.#block; i += 2) into[at + (i >> 1)] = this.#codes[i]! | (this.#codes[i + 1]! << 4);
  }

  /** Rounds to codes, fits the scale to them, and keeps both where the squared error is the least so far. */
  #try(values: Float32Array, inverse: number, zero: number): void {
    const trial = this.#trial;
    let dot = 0;
    let square = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      let code = (value * inverse + zero + ROUND) - ROUND;
      code = code < 0 ? 0 : code > LARGEST_CODE ? LARGEST_CODE : code;
      trial[i] = code;
      const level = code - zero;
      dot += level * value;
      square += level * level;
    }
    // Σ (value − scale · level)² is Σ value² less this, for the scale that makes it least.
    const error = square === 0 ? 0 : -dot * dot / square;
    if (error >= this.#least || square === 0) return;
    trial.fill(zero, values.length);
    this.#least = error;
    this.scale = dot / square;
    this.zero = zero;
    this.#trial = this.#codes;
    this.#codes = trial;
  }
}
