/**
 * float32 numbers as numpy prints them beside each other at precision 1 (`array_str(…, precision=1)`): with an exponent
 * where one is large, small, or the range wide; rounded half to even on the exact value; padded to one width.
 *
 * @param values finite
 * @see https://github.com/numpy/numpy/blob/main/numpy/_core/arrayprint.py (FloatingFormat)
 */
export function numpyFloats(values: readonly number[]): string[] {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  const largest = Math.max(...sizes);
  const smallest = Math.min(...sizes);
  // numpy 2.3 writes an exponent from 1e6 on; no unembedding comes near. It divides in float32.
  const wide = sizes.length > 0 && (largest >= 1e8 || smallest < 0.0001 || Math.fround(largest / smallest) > 1000);
  return wide ? withExponent(values) : withPoint(values);
}

function withPoint(values: readonly number[]): string[] {
  const parts = values.map((value): [string, string] => {
    const [whole = "", fraction = ""] = rounded(value, 1).split(".");
    return [signOf(value) + whole, fraction.replace(/0+$/, "")];
  });
  const left = Math.max(...parts.map(([whole]) => whole.length));
  const right = Math.max(...parts.map(([, fraction]) => fraction.length));
  return parts.map(([whole, fraction]) => `${whole.padStart(left)}.${fraction.padEnd(right)}`);
}

function withExponent(values: readonly number[]): string[] {
  const parts = values.map((value) => {
    const { digits, exponent } = twoDigits(value);
    return { sign: signOf(value), digits, exponent };
  });
  // All get as many digits as the longest needs: none after the point where every one ends in 0.
  const fraction = parts.some(({ digits }) => digits[1] !== "0") ? 1 : 0;
  const left = Math.max(...parts.map(({ sign }) => sign.length + 1));
  const exponentDigits = Math.max(2, ...parts.map(({ exponent }) => String(Math.abs(exponent)).length));
  return parts.map(({ sign, digits, exponent }) => {
    const power = String(Math.abs(exponent)).padStart(exponentDigits, "0");
    return `${(sign + digits[0]).padStart(left)}.${fraction === 1 ? digits[1] : ""}e${
      exponent < 0 ? "-" : "+"
    }${power}`;
  });
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/** |value| to two significant digits. */
function twoDigits(value: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: "00", exponent: 0 };
  const { digits, scale } = exactDecimal(value);
  const text = String(digits);
  const exponent = text.length - 1 - scale;
  const kept = roundedTo(digits, text.length - 2);
  // 9.96 becomes 10.
  return String(kept).length > 2
    ? { digits: "10", exponent: exponent + 1 }
    : { digits: String(kept).padStart(2, "0"), exponent };
}

/** |value| with so many decimals, exactly rounded, half to even. */
function rounded(value: number, decimals: number): string {
  const { digits, scale } = exactDecimal(value);
  const kept = String(roundedTo(digits, scale - decimals)).padStart(decimals + 1, "0");
  return `${kept.slice(0, -decimals)}.${kept.slice(-decimals)}`;
}

/** |value| = digits · 10^−scale: every binary fraction is a decimal one. */
function exactDecimal(value: number): { digits: bigint; scale: number } {
  let scaled = Math.abs(value);
  let scale = 0;
  for (; !Number.isInteger(scaled); scale++) scaled *= 2;
  return { digits: BigInt(scaled) * 5n ** BigInt(scale), scale };
}

/** The integer without its last `drop` digits, half to even; with zeros more where `drop` is negative. */
function roundedTo(digits: bigint, drop: number): bigint {
  if (drop <= 0) return digits * 10n ** BigInt(-drop);
  const unit = 10n ** BigInt(drop);
  const down = digits / unit;
  const twice = 2n * (digits - down * unit);
  return twice > unit || twice === unit && down % 2n === 1n ? down + 1n : down;
}
