const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** A number of bytes in units of 1000, three digits. */
export function byteText(bytes: number): string {
  let value = bytes, step = 0;
  while (value >= 999.5 && step < UNITS.length - 1) {
    value /= 1000;
    step++;
  }
  return `${step === 0 ? value : value.toPrecision(3)} ${UNITS[step]}`;
}
