import type { Place } from "../state/question.ts";
import { type FaceOf, faceText } from "./face.ts";
import { cellId, type GridSizes, type Span } from "./grid_layout.ts";

interface Props {
  /** What ids of its cells begin with. */
  readonly grid: string;
  readonly layer: Place["layer"];
  /** Lines above it: 0 for the output. */
  readonly at: number;
  readonly top: number;
  readonly columns: Span;
  readonly sizes: GridSizes;
  readonly faceOf: FaceOf;
  readonly active: Place | null;
}

/** One layer for those who do not see the drawing: its cells in sight, and the active one wherever it is. */
export function GridRow({ grid, layer, at, top, columns, sizes, faceOf, active }: Props) {
  const positions = Array.from({ length: columns.to - columns.from }, (_, index) => columns.from + index);
  const mine = active?.layer === layer ? active.position : null;
  const cell = (position: number) => {
    const face = faceOf({ position, layer });
    return (
      <span
        key={position}
        id={cellId(grid, { position, layer })}
        class="cell"
        role="gridcell"
        aria-colindex={position + 2}
        aria-selected={position === mine}
        data-position={position}
        data-layer={layer}
        data-pin={face?.pin}
      >
        {faceText(face)}
      </span>
    );
  };
  const leftOf = (position: number) => ({ left: `${sizes.titleWidth + position * sizes.cellWidth}px` });
  return (
    <div class="row" role="row" aria-rowindex={at + 2} style={{ top: `${top}px` }}>
      <span class="title" role="rowheader" aria-colindex={1}>{layer}</span>
      <span class="cells" style={leftOf(columns.from)}>{positions.map(cell)}</span>
      {mine !== null && (mine < columns.from || mine >= columns.to) && (
        <span class="cells" style={leftOf(mine)}>{cell(mine)}</span>
      )}
    </div>
  );
}
