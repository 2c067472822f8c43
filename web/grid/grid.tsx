import { useContext, useEffect, useMemo, useRef } from "preact/hooks";
import { Paper } from "../export/paper.ts";
import { PaperGrid } from "../export/paper_grid.tsx";
import type { Picture } from "../state/picture.ts";
import type { Place, Question } from "../state/question.ts";
import type { FaceOf } from "./face.ts";
import { GridHeads } from "./grid_heads.tsx";
import { cellId, GAP, GRID_SIZES, placeAt } from "./grid_layout.ts";
import { moved } from "./grid_keys.ts";
import { GridRow } from "./grid_row.tsx";
import { LabelCuts } from "./label_cuts.ts";
import { Ring } from "./ring.tsx";
import type { ScrollLink } from "./scroll_link.ts";
import { Tiles } from "./tiles.tsx";
import { useLook } from "./use_look.ts";
import { useSight } from "./use_sight.ts";
import { useSpans } from "./use_spans.ts";

/** What a grid shows, and what follows from pointing and moving on it. */
export interface GridProps {
  /** What ids of its cells begin with. */
  readonly name: string;
  readonly label: string;
  readonly picture: Picture;
  readonly faceOf: FaceOf;
  /** Every how many layers are shown, from the last one down. */
  readonly stride: number;
  readonly zoom: Question["zoom"];
  readonly active: Place | null;
  readonly hovered: Place | null;
  readonly activate: (place: Place) => void;
  readonly hover: (place: Place | null) => void;
  /** Grids that scroll with it. */
  readonly link?: ScrollLink;
}

/** The grid, on the screen or on paper. */
export function Grid(props: GridProps) {
  return useContext(Paper) === null ? <ScrolledGrid {...props} /> : <PaperGrid {...props} />;
}

/**
 * Positions from left to right, blocks from the bottom up, the model's own output above them. What is seen is drawn in
 * tiles, which scroll as they are. Below the drawing each cell in sight is an element, for those who do not see it; these
 * are made anew only when scrolling has come to rest, so that a long prompt scrolls as a short one.
 */
function ScrolledGrid(props: GridProps) {
  const { name, label, picture, faceOf, stride, zoom, active, hovered, activate, hover, link = null } = props;
  const { tokens } = picture;
  const scroller = useRef<HTMLDivElement>(null);
  const { sight, rest } = useSight(scroller, link);
  const look = useLook();
  const sizes = GRID_SIZES[zoom];
  const cuts = useMemo(() => new LabelCuts(), [sizes]);
  const layers = useMemo(() => picture.layers.filter((_, at) => at % stride === 0), [picture.layers, stride]);
  const { tiles, bands, columns, rows } = useSpans(sight, rest, tokens.length, layers, sizes);

  // A link to a cell brings it into sight, and so does another size of cells.
  useEffect(() => {
    if (active !== null && tokens.length > 0) reveal(active);
  }, [tokens.length, sizes, layers]);

  const drawn = { tiles, count: tokens.length, faceOf, sizes, cuts, look };
  const heads = useMemo(
    () => <GridHeads tokens={tokens} columns={columns.heads} sizes={sizes} />,
    [tokens, columns.heads, sizes],
  );
  const outputTiles = useMemo(
    () => <Tiles {...drawn} lines={OUTPUT} top={0} />,
    [tiles, tokens.length, faceOf, sizes, look],
  );
  const layerTiles = useMemo(
    () => bands.map(({ lines, top }) => <Tiles key={top} {...drawn} lines={lines} top={top} />),
    [bands, tiles, tokens.length, faceOf, sizes, look],
  );
  const elements = useMemo(() => {
    const same = { grid: name, columns: columns.cells, sizes, faceOf, active };
    return rows.map(({ layer, at, top }) => <GridRow key={layer} {...same} layer={layer} at={at} top={top} />);
  }, [name, columns.cells, rows, sizes, faceOf, active]);
  const rings = (ofOutput: boolean) =>
    (["hovered", "active"] as const).map((kind) => (
      <Ring
        key={kind}
        kind={kind}
        place={kind === "active" ? active : hovered}
        layers={layers}
        sizes={sizes}
        ofOutput={ofOutput}
      />
    ));

  /** Brings a cell into sight from under the heads. */
  function reveal({ position, layer }: Place) {
    const element = scroller.current!;
    const { cellWidth, cellHeight, titleWidth, headHeight } = sizes;
    const left = position * cellWidth, top = Math.max(0, layer === "output" ? 0 : layers.indexOf(layer)) * cellHeight;
    const width = element.clientWidth - titleWidth, height = element.clientHeight - headHeight - cellHeight - GAP;
    element.scrollTo({
      left: Math.min(left, Math.max(element.scrollLeft, left + cellWidth - width)),
      top: Math.min(top, Math.max(element.scrollTop, top + cellHeight - height)),
    });
  }

  function placeOf({ clientX, clientY }: MouseEvent): Place | null {
    const element = scroller.current!;
    const { left, top } = element.getBoundingClientRect();
    const point = { x: clientX - left - element.clientLeft, y: clientY - top - element.clientTop };
    const scrolled = { left: element.scrollLeft, top: element.scrollTop };
    return placeAt(point, scrolled, tokens.length, layers, sizes);
  }

  const isShown = active !== null && (active.layer === "output" || layers.includes(active.layer)) &&
    active.position < tokens.length;
  return (
    <div
      class={`grid ${zoom}`}
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={layers.length + 2}
      aria-colcount={tokens.length + 1}
      aria-readonly="true"
      {...isShown ? { "aria-activedescendant": cellId(name, active) } : {}}
      style={{
        "--cell-width": `${sizes.cellWidth}px`,
        "--cell-height": `${sizes.cellHeight}px`,
        "--head-height": `${sizes.headHeight}px`,
        "--title-width": `${sizes.titleWidth}px`,
      }}
      onKeyDown={(event) => {
        const next = moved(event, active, tokens.length, layers);
        if (next === null) return;
        event.preventDefault();
        activate(next);
        reveal(next);
      }}
      onMouseMove={(event) => {
        const place = placeOf(event);
        if (place?.position !== hovered?.position || place?.layer !== hovered?.layer) hover(place);
      }}
      onMouseLeave={() => hover(null)}
      onClick={(event) => {
        const place = placeOf(event);
        if (place !== null) activate(place);
      }}
    >
      <div
        class="sheet"
        role="rowgroup"
        style={{
          width: `${sizes.titleWidth + tokens.length * sizes.cellWidth}px`,
          height: `${sizes.headHeight + (layers.length + 1) * sizes.cellHeight + GAP}px`,
        }}
      >
        {heads}
        {tokens.length > 0 && (
          <div class="output-line" role="none">
            <div class="drawing" aria-hidden="true">{outputTiles}{rings(true)}</div>
            <GridRow
              grid={name}
              layer="output"
              at={0}
              top={0}
              columns={columns.cells}
              sizes={sizes}
              faceOf={faceOf}
              active={active}
            />
          </div>
        )}
        <div class="drawing" aria-hidden="true">{layerTiles}{rings(false)}</div>
        {elements}
      </div>
    </div>
  );
}

const OUTPUT: readonly Place["layer"][] = ["output"];
