import { eachSlice, type Encoding } from "./encoding.ts";

const LARGEST = 127;
const HALF_STEPS = 254;
/** Adding and subtracting it rounds a double below 2^51 to the nearest whole number, ties to even. */
const ROUND = 6755399441055744;
/** A row of smaller steps is zero: their inverse would not be a float32. */
const TINY = 1e-35;
/** Columns of the result written together: a cache line of bytes, so that each is touched once. */
const TILE = 64;

/**
 * W[n, k] ≈ scale[n] · (high[k, n] + low[k, n] / 254), int8 halves transposed to [in, out], one scale an output
 * (runtime-facts 15). Without the low half: 8 bits.
 */
export function halves({ low: withLow }: { readonly low: boolean }): Encoding {
  return {
    parts: (size) => [
      { part: "scale", dtype: "F32", shape: [size.out] },
      { part: "high", dtype: "I8", shape: [size.in, size.out] },
      ...(withLow ? [{ part: "low", dtype: "I8", shape: [size.in, size.out] }] : []),
    ],
    encode: async (size, rows) => {
      const scale = new Float32Array(size.out);
      const high = new Int8Array(size.in * size.out);
      const low = withLow ? new Int8Array(size.in * size.out) : null;
      await eachSlice(size, rows, (values, from, to) => {
        for (let n = from; n < to; n++) scale[n] = scaleOf(values, (n - from) * size.in, size.in);
        for (let first = from; first < to; first += TILE) {
          const last = Math.min(first + TILE, to);
          split(values, size, from, first, last, scale, high, low);
        }
      });
      const parts = new Map([["scale", new Uint8Array(scale.buffer)], ["high", new Uint8Array(high.buffer)]]);
      if (low) parts.set("low", new Uint8Array(low.buffer));
      return parts;
    },
    matrix: (_, { bytes, floats }, kernel) => ({
      form: "halves",
      high: bytes("high", "I8"),
      ...(withLow ? { low: bytes("low", "I8") } : {}),
      scale: floats("scale"),
      kernel,
    }),
  };
}

/** A step of the high half: the largest weight of the row has its largest code. */
function scaleOf(values: Float32Array, at: number, count: number): number {
  let largest = 0;
  let sum = 0;
  for (let i = at; i < at + count; i++) {
    const magnitude = Math.abs(values[i]!);
    sum += magnitude;
    if (magnitude > largest) largest = magnitude;
  }
  if (!Number.isFinite(sum)) throw new RangeError("a weight is not a finite number");
  return largest / LARGEST;
}

/** Rows `first`…`last − 1` of W into columns of the halves; `values` begin at row `from`. */
function split(
  values: Float32Array,
  size: { readonly in: number; readonly out: number },
  from: number,
  first: number,
  last: number,
  scale: Float32Array,
  high: Int8Array,
  low: Int8Array | null,
): void {
  const inverse = scale.subarray(first, last).map((step) => step > TINY ? 1 / step : 0);
  const width = last - first;
  for (let k = 0; k < size.in; k++) {
    const to = k * size.out + first;
    let at = (first - from) * size.in + k;
    for (let j = 0; j < width; j++, at += size.in) {
      const steps = values[at]! * inverse[j]!;
      const whole = (steps + ROUND) - ROUND;
      high[to + j] = whole;
      if (low !== null) low[to + j] = ((steps - whole) * HALF_STEPS + ROUND) - ROUND;
    }
  }
}
