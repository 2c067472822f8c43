import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { ColourScale } from "../colours/colour_scale.ts";
import type { Colouring } from "../colours/colouring.ts";
import { Paper } from "../export/paper.ts";
import { PaperGrid } from "../export/paper_grid.tsx";
import { GridRow } from "./grid_row.tsx";
import { CELL_WIDTH, cellId, HEAD_HEIGHT, ROW_HEIGHT, span, TITLE_WIDTH } from "./grid_layout.ts";
import { moved } from "./grid_keys.ts";
import type { Picture, Reading } from "../state/picture.ts";
import type { Place } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";

/** What a grid shows, and what follows from pointing and moving on it. */
export interface GridProps {
  readonly picture: Picture;
  readonly reading: Reading;
  /** Every how many layers are shown, from the last one down. */
  readonly stride: number;
  readonly colouring: Colouring;
  readonly scale: ColourScale;
  readonly active: Place | null;
  readonly activate: (place: Place) => void;
  readonly hover: (place: Place | null) => void;
}

/** The grid, on the screen or on paper. */
export function Grid(props: GridProps) {
  return useContext(Paper) === null ? <ScrolledGrid {...props} /> : <PaperGrid {...props} />;
}

/**
 * Positions from left to right, blocks from the bottom up, the model's own output above them. Only cells in sight are
 * elements, so that a long prompt costs no more than a short one.
 */
function ScrolledGrid({ picture, reading, stride, colouring, scale, active, activate, hover }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ left: 0, top: 0, width: 1600, height: 1000 });
  const { tokens } = picture;
  const layers = picture.layers.filter((_, at) => at % stride === 0);

  useEffect(() => {
    const element = scroller.current!;
    const look = () => {
      const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = element;
      setSight({ left, top, width, height });
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);

  // A link to a cell brings it into sight.
  useEffect(() => {
    if (active !== null && tokens.length > 0) reveal(active);
  }, [tokens.length]);

  const columns = span(sight.left, sight.width - TITLE_WIDTH, CELL_WIDTH, tokens.length);
  const rows = span(sight.top, sight.height - HEAD_HEIGHT - ROW_HEIGHT, ROW_HEIGHT, layers.length);
  const row = (layer: number | "output", at: number) => (
    <GridRow
      key={layer}
      layer={layer}
      at={at}
      columns={columns}
      picture={picture}
      reading={reading}
      colouring={colouring}
      scale={scale}
      active={active}
    />
  );

  /** Brings a cell into sight from under the heads. */
  function reveal({ position, layer }: Place) {
    const element = scroller.current!;
    const left = position * CELL_WIDTH, top = (layer === "output" ? 0 : layers.indexOf(layer)) * ROW_HEIGHT;
    const width = element.clientWidth - TITLE_WIDTH, height = element.clientHeight - HEAD_HEIGHT - ROW_HEIGHT - 8;
    element.scrollTo({
      left: Math.min(left, Math.max(element.scrollLeft, left + CELL_WIDTH - width)),
      top: Math.min(top, Math.max(element.scrollTop, top + ROW_HEIGHT - height)),
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    const next = moved(event, active, tokens.length, layers);
    if (next === null) return;
    event.preventDefault();
    activate(next);
    reveal(next);
  }

  return (
    <div
      class="grid"
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label="Likeliest token of each layer at each position"
      aria-rowcount={layers.length + 2}
      aria-colcount={tokens.length + 1}
      aria-readonly="true"
      {...active === null ? {} : { "aria-activedescendant": cellId(active) }}
      onKeyDown={onKeyDown}
      onMouseOver={(event) => hover(placeOf(event.target))}
      onMouseLeave={() => hover(null)}
      onClick={(event) => {
        const place = placeOf(event.target);
        if (place !== null) activate(place);
      }}
    >
      <div
        class="sheet"
        role="rowgroup"
        style={{
          width: `${TITLE_WIDTH + tokens.length * CELL_WIDTH}px`,
          height: `${HEAD_HEIGHT + (layers.length + 1) * ROW_HEIGHT + 8}px`,
        }}
      >
        <div class="heads" role="row" aria-rowindex={1}>
          <span class="title" role="columnheader" aria-colindex={1}>layer</span>
          {tokens.slice(columns.from, columns.to).map((token, at) => {
            const position = columns.from + at;
            return (
              <span
                key={position}
                class="head"
                role="columnheader"
                aria-colindex={position + 2}
                title={`position ${position}, id ${token.id ?? "unknown"}, piece ${token.piece}`}
                style={{ left: `${TITLE_WIDTH + position * CELL_WIDTH}px` }}
              >
                <small>{position}</small>
                {tokenLabel(token)}
              </span>
            );
          })}
        </div>
        {tokens.length > 0 && row("output", 0)}
        {layers.slice(rows.from, rows.to).map((layer, at) => row(layer, rows.from + at + 1))}
      </div>
    </div>
  );
}

function placeOf(target: EventTarget | null): Place | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>("[data-position]") : null;
  if (cell === null) return null;
  const { position, layer } = cell.dataset as { position: string; layer: string };
  return { position: Number(position), layer: layer === "output" ? layer : Number(layer) };
}
