import { type Paint, paintOf, type Range, rgbOf } from "./colour_scale.ts";
import type { Scale } from "./scale.ts";

/**
 * From blue over white to red. Colours as far from the middle on either side are equally light (CIE L* 97 to 34 in equal
 * steps, hues 250 and 25 of OKLCH), so that neither sign looks stronger; blue and red are told apart by colour-blind eyes.
 */
const BLUES = ["#005290", "#0165af", "#2b7ac2", "#4e8ece", "#6fa3d9", "#8eb8e4", "#afcded", "#d0e2f5"];
const WHITE = "#f6f6f6";
const REDS = ["#f6dad7", "#efbfba", "#e5a49e", "#d98a84", "#cc706a", "#be5651", "#aa3f3c", "#8b3230"];
const COLOURS = [...BLUES, WHITE, ...REDS].map(rgbOf);

/** Colours for differences: zero is white, and as much above it as below it is as strong. */
export class DivergingScale implements Scale {
  readonly range: Range;
  readonly log: boolean;
  /** Below it the logarithm is nearly even, as it has no zero. */
  readonly #small: number;

  /**
   * @param values all numbers that will be shown
   * @param unit "probability" spans −1 to 1, whatever the numbers are
   * @param log spreads small differences
   */
  constructor(values: Iterable<number>, unit: string, log: boolean) {
    let most = 0;
    if (unit !== "probability") { for (const value of values) most = Math.max(most, Math.abs(value)); }
    if (most === 0) most = 1;
    this.range = { low: -most, high: most };
    this.log = log;
    this.#small = unit === "rank" ? 1 : most / 100;
  }

  place(value: number): number {
    const { high } = this.range;
    const size = Math.min(1, Math.abs(value) / high);
    const far = this.log ? Math.log1p(size * high / this.#small) / Math.log1p(high / this.#small) : size;
    return 0.5 + Math.sign(value) * far / 2;
  }

  paint(value: number): Paint {
    return this.at(this.place(value));
  }

  at(place: number): Paint {
    return paintOf(COLOURS, place);
  }
}
