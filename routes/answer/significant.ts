/** Decimal digits that float32 carries; more would be noise of the conversion. */
const DIGITS = 7;
/** 10^0 … 10^22 are exact in float64, so that scaling by them rounds once. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * A number at float32's precision, so that JSON writes 0.5434567 and not 0.5434566736221313: half the bytes, and
 * within half a unit of the seventh digit.
 */
export function significant(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < 1e-15 || magnitude >= 1e15 || Number.isNaN(value)) return small(value);
  const power = DIGITS - 1 - Math.floor(Math.log10(magnitude));
  if (power >= 0) return Math.round(value * POWERS[power]!) / POWERS[power]!;
  return Math.round(value / POWERS[-power]!) * POWERS[-power]!;
}

/** Outside the range of exact powers: rare, so slow is well. */
function small(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
