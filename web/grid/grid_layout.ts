import type { Place, Question } from "../state/question.ts";

/** Sizes of a grid, in CSS pixels. */
export interface GridSizes {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly headHeight: number;
  readonly titleWidth: number;
  /** Size of a cell's text; 0: it has none, and its colour says all. */
  readonly font: number;
  /** Every how many positions have a head. */
  readonly headEvery: number;
}

export const GRID_SIZES: Readonly<Record<Question["zoom"], GridSizes>> = {
  text: { cellWidth: 84, cellHeight: 24, headHeight: 40, titleWidth: 56, font: 12, headEvery: 1 },
  narrow: { cellWidth: 46, cellHeight: 20, headHeight: 38, titleWidth: 52, font: 11, headEvery: 1 },
  // 128 positions by 32 layers beside the detail on a screen of 1280 pixels.
  colour: { cellWidth: 6, cellHeight: 12, headHeight: 20, titleWidth: 52, font: 0, headEvery: 16 },
};

/** Between the output and the blocks below it. */
export const GAP = 8;

/** Beyond the edge of what is seen, so that a cell in part is whole. */
const MARGIN = 1;

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
export function span(start: number, length: number, size: number, count: number, margin = MARGIN): Span {
  const from = Math.max(0, Math.floor(start / size) - margin);
  return { from, to: Math.max(from, Math.min(count, Math.ceil((start + length) / size) + margin)) };
}

/** Where a cell's upper left corner lies on the sheet, or in the line of the output. */
export function cornerOf({ position, layer }: Place, layers: readonly number[], sizes: GridSizes) {
  const { cellWidth, titleWidth } = sizes;
  const top = layer === "output" ? 0 : topOf(layers.indexOf(layer), sizes);
  return { left: titleWidth + position * cellWidth, top };
}

/** First pixel of a block's line on the sheet. @param at blocks above it */
export function topOf(at: number, { headHeight, cellHeight }: GridSizes): number {
  return headHeight + (at + 1) * cellHeight + GAP;
}

/** What is below a point of the window on the grid; null beside the cells. Heads and the output cover what is under them. */
export function placeAt(
  point: { readonly x: number; readonly y: number },
  scrolled: { readonly left: number; readonly top: number },
  positions: number,
  layers: readonly number[],
  sizes: GridSizes,
): Place | null {
  const { cellWidth, cellHeight, headHeight, titleWidth } = sizes;
  if (point.x < titleWidth || point.y < headHeight) return null;
  const position = Math.floor((point.x + scrolled.left - titleWidth) / cellWidth);
  if (position >= positions) return null;
  if (point.y < headHeight + cellHeight) return { position, layer: "output" };
  const layer = layers[Math.floor((point.y + scrolled.top - topOf(0, sizes)) / cellHeight)];
  return layer === undefined ? null : { position, layer };
}

/** Id of the element that shows a place. */
export function cellId(grid: string, { position, layer }: Place): string {
  return `${grid}-${position}-${layer}`;
}
