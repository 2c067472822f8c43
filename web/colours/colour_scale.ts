/** Viridis (Smith and van der Walt, matplotlib): even in lightness, and told apart by colour-blind eyes. */
const VIRIDIS = [
  ...["#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e", "#23888e"],
  ...["#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36", "#d2e21b", "#fde725"],
].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb);

type Rgb = readonly [number, number, number];

/** Numbers that a scale spans. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A cell's background and a text on it, with a contrast of at least 4.5 (WCAG 2.2, 1.4.3). */
export interface Paint {
  readonly background: string;
  readonly ink: string;
}

/** From numbers to colours, evenly or by their logarithm. */
export class ColourScale {
  readonly range: Range;
  readonly log: boolean;

  /**
   * @param values all numbers that will be shown
   * @param unit "probability" spans 0 to 1 and "rank" begins at 1, whatever the numbers are; others begin at 0
   */
  constructor(values: Iterable<number>, unit: string, log: boolean) {
    let high = -Infinity, least = Infinity;
    for (const value of values) {
      if (value > high) high = value;
      if (value > 0 && value < least) least = value;
    }
    const whole = unit === "probability" || unit === "flag";
    if (whole || high === -Infinity) high = 1;
    const low = unit === "rank" ? 1 : log ? Math.min(least, high) : 0;
    this.range = { low, high: Math.max(high, low) };
    this.log = log;
  }

  /** Where a number lies, 0 to 1. */
  place(value: number): number {
    const { low, high } = this.range;
    if (high === low) return value > low ? 1 : 0;
    const place = this.log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
    return Math.min(1, Math.max(0, place));
  }

  paint(value: number): Paint {
    return paintAt(this.place(value));
  }
}

/** The paint at a place of the scale, 0 to 1. */
export function paintAt(place: number): Paint {
  const at = place * (VIRIDIS.length - 1);
  const from = VIRIDIS[Math.floor(at)]!, to = VIRIDIS[Math.ceil(at)]!;
  const mixed = from.map((value, channel) => Math.round(value + (to[channel]! - value) * (at % 1))) as unknown as Rgb;
  // Of black and white the better has 4.58 at least, on any colour.
  return { background: `rgb(${mixed.join(", ")})`, ink: luminance(mixed) > 0.179 ? "#000" : "#fff" };
}

/** Relative luminance (WCAG 2.2). */
export function luminance(colour: readonly number[]): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
