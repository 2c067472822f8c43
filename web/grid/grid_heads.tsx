import type { ShownToken } from "../state/cell.ts";
import { tokenLabel } from "../text/token_label.ts";
import type { GridSizes, Span } from "./grid_layout.ts";

interface Props {
  readonly tokens: readonly ShownToken[];
  readonly columns: Span;
  readonly sizes: GridSizes;
}

/** What stands above the columns: positions and tokens; positions alone where columns are too narrow for more. */
export function GridHeads({ tokens, columns, sizes }: Props) {
  const { headEvery, titleWidth, cellWidth } = sizes;
  const first = Math.ceil(columns.from / headEvery) * headEvery;
  const count = Math.max(0, Math.ceil((columns.to - first) / headEvery));
  const positions = Array.from({ length: count }, (_, at) => first + at * headEvery);
  return (
    <div class="heads" role="row" aria-rowindex={1}>
      <span class="title" role="columnheader" aria-colindex={1}>layer</span>
      {positions.map((position) => {
        const token = tokens[position]!;
        return (
          <span
            key={position}
            class="head"
            role="columnheader"
            aria-colindex={position + 2}
            title={`position ${position}, id ${token.id ?? "unknown"}, piece ${token.piece}`}
            style={{ left: `${titleWidth + position * cellWidth}px`, width: `${cellWidth * headEvery}px` }}
          >
            <small>{position}</small>
            {headEvery === 1 && tokenLabel(token)}
          </span>
        );
      })}
    </div>
  );
}
