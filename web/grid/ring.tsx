import type { Place } from "../state/question.ts";
import { cornerOf, type GridSizes } from "./grid_layout.ts";

interface Props {
  readonly kind: "active" | "hovered";
  readonly place: Place | null;
  /** Blocks as shown. */
  readonly layers: readonly number[];
  readonly sizes: GridSizes;
  /** The line of the output moves with the window, and has its own rings. */
  readonly ofOutput: boolean;
}

/** A frame around a cell, if it is shown. */
export function Ring({ kind, place, layers, sizes, ofOutput }: Props) {
  if (place === null || (place.layer === "output") !== ofOutput) return null;
  if (place.layer !== "output" && !layers.includes(place.layer)) return null;
  const { left, top } = cornerOf(place, layers, sizes);
  const { cellWidth, cellHeight } = sizes;
  return (
    <span
      class={`ring ${kind}`}
      style={{ left: `${left}px`, top: `${top}px`, width: `${cellWidth}px`, height: `${cellHeight}px` }}
    />
  );
}
