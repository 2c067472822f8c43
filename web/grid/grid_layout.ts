import type { Place } from "../state/question.ts";

/** Sizes of the grid in CSS pixels; the style sheet has the same. */
export const CELL_WIDTH = 84;
export const ROW_HEIGHT = 24;
export const HEAD_HEIGHT = 40;
export const TITLE_WIDTH = 56;

/** Cells drawn beyond the edge of what is seen, so that scrolling shows no gap. */
const MARGIN = 4;

/** What of a row of things is in sight, from inclusive to exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * @param start first pixel in sight
 * @param length pixels in sight
 * @param size of one thing
 * @param count of all
 */
export function span(start: number, length: number, size: number, count: number): Span {
  const from = Math.max(0, Math.floor(start / size) - MARGIN);
  return { from, to: Math.max(from, Math.min(count, Math.ceil((start + length) / size) + MARGIN)) };
}

/** Id of the element that shows a place. */
export function cellId({ position, layer }: Place): string {
  return `cell-${position}-${layer}`;
}
