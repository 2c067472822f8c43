import { useLayoutEffect, useRef } from "preact/hooks";
import { drawTile, type TileParts } from "./draw_tile.ts";

interface Props extends TileParts {
  readonly left: number;
  readonly top: number;
  /** Another one draws it again: the screen's colours or its resolution changed. */
  readonly look: number;
}

/** A rectangle of cells as one drawing; those who do not see it have the cells' elements. */
export function Tile({ left, top, look, ...parts }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { columns, lines, faceOf, sizes, cuts } = parts;
  useLayoutEffect(
    () => drawTile(canvas.current!, parts),
    [columns.from, columns.to, lines, faceOf, sizes, cuts, look],
  );
  const width = `${(columns.to - columns.from) * sizes.cellWidth}px`;
  return (
    <canvas
      class="tile"
      aria-hidden="true"
      ref={canvas}
      style={{ left: `${left}px`, top: `${top}px`, width, height: `${lines.length * sizes.cellHeight}px` }}
    />
  );
}
