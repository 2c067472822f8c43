import type { Paint, Range } from "./colour_scale.ts";

/** From numbers to colours. */
export interface Scale {
  readonly range: Range;
  readonly log: boolean;
  /** Where a number lies, 0 to 1. */
  place(value: number): number;
  paint(value: number): Paint;
  /** The paint at a place, 0 to 1: what a legend shows. */
  at(place: number): Paint;
}
