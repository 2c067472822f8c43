/** Three significant digits; whole numbers whole. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A probability in percent, three significant digits. */
export function percentText(prob: number | null): string {
  if (prob === null) return "not said";
  const percent = prob * 100;
  if (percent >= 99.95) return "100 %";
  return `${percent < 1e-3 && percent > 0 ? percent.toExponential(1) : percent.toPrecision(3)} %`;
}

/** All digits of a number that may not be said. */
export function exactText(value: number | null): string {
  return value === null ? "not said" : String(value);
}
