import type { Scale } from "./scale.ts";

/** Viridis (Smith and van der Walt, matplotlib): even in lightness, and told apart by colour-blind eyes. */
const VIRIDIS = [
  ...["#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e", "#23888e"],
  ...["#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36", "#d2e21b", "#fde725"],
].map(rgbOf);

export type Rgb = readonly [number, number, number];

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
export class ColourScale implements Scale {
  readonly range: Range;
  readonly log: boolean;

  /**
   * @param values all numbers that will be shown
   * @param unit "probability" spans 0 to 1 and "rank" begins at 1, whatever the numbers are; others begin at 0
   */
  constructor(values: Iterable<number>, unit: string, log: boolean) {
    let high = -Infinity, least = Infinity;
    const whole = unit === "probability" || unit === "flag";
    // The logarithm of a probability begins at the least there is.
    if (!whole || log) {
      for (const value of values) {
        if (value > high) high = value;
        if (value > 0 && value < least) least = value;
      }
    }
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
    return this.at(this.place(value));
  }

  at(place: number): Paint {
    return PAINTS[Math.round(place * (PAINTS.length - 1))]!;
  }
}

/** The paint at a place of colours from the first to the last, 0 to 1. */
export function paintOf(colours: readonly Rgb[], place: number): Paint {
  const at = place * (colours.length - 1);
  const from = colours[Math.floor(at)]!, to = colours[Math.ceil(at)]!;
  const mixed = from.map((value, channel) => Math.round(value + (to[channel]! - value) * (at % 1))) as unknown as Rgb;
  // Of black and white the better has 4.58 at least, on any colour.
  return { background: `rgb(${mixed.join(", ")})`, ink: luminance(mixed) > 0.179 ? "#000" : "#fff" };
}

/** Finer than eyes tell apart: a picture of a hundred thousand cells mixes no colour twice. */
const PAINTS = Array.from({ length: 1024 }, (_, at) => paintOf(VIRIDIS, at / 1023));

/** The parts of #rrggbb, 0 to 255. */
export function rgbOf(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Relative luminance (WCAG 2.2). */
export function luminance(colour: readonly number[]): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
