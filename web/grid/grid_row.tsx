import type { ColourScale } from "../colours/colour_scale.ts";
import type { Colouring } from "../colours/colouring.ts";
import { CELL_WIDTH, cellId, HEAD_HEIGHT, ROW_HEIGHT, type Span, TITLE_WIDTH } from "./grid_layout.ts";
import type { Picture, Reading } from "../state/picture.ts";
import type { Place } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";

interface Props {
  readonly layer: Place["layer"];
  /** Lines above it: 0 for the output. */
  readonly at: number;
  readonly columns: Span;
  readonly picture: Picture;
  readonly reading: Reading;
  readonly colouring: Colouring;
  readonly scale: ColourScale;
  readonly active: Place | null;
}

/** One layer: its cells in sight. The output stays in sight and stands apart. */
export function GridRow({ layer, at, columns, picture, reading, colouring, scale, active }: Props) {
  const positions = Array.from({ length: columns.to - columns.from }, (_, index) => columns.from + index);
  return (
    <div
      class={layer === "output" ? "row output" : "row"}
      role="row"
      aria-rowindex={at + 2}
      style={layer === "output" ? {} : { top: `${HEAD_HEIGHT + at * ROW_HEIGHT + 8}px` }}
    >
      <span class="title" role="rowheader" aria-colindex={1}>{layer}</span>
      {positions.map((position) => {
        const place = { position, layer };
        const cell = picture.cell(place, reading);
        const value = cell === undefined ? null : colouring.read(cell);
        const paint = value === null ? null : scale.paint(value);
        const isActive = active?.position === position && active.layer === layer;
        return (
          <span
            key={position}
            id={cellId(place)}
            class={isActive ? "cell active" : "cell"}
            role="gridcell"
            aria-colindex={position + 2}
            aria-selected={isActive}
            data-position={position}
            data-layer={layer}
            style={{
              left: `${TITLE_WIDTH + position * CELL_WIDTH}px`,
              backgroundColor: paint?.background ?? "",
              color: paint?.ink ?? "",
            }}
          >
            {cell?.top[0] === undefined ? "" : tokenLabel(cell.top[0])}
          </span>
        );
      })}
    </div>
  );
}
