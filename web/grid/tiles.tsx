import type { Place } from "../state/question.ts";
import type { FaceOf } from "./face.ts";
import { type GridSizes, type Span, span } from "./grid_layout.ts";
import type { LabelCuts } from "./label_cuts.ts";
import { Tile } from "./tile.tsx";

/** About how wide a tile is: the wider, the seldomer one is drawn, and the longer it takes. */
const WIDTH = 600;
/** Drawn before they are seen, in pixels on either side. */
const AHEAD = 300;

/** Which tiles lines of cells need. */
export interface TileSpan extends Span {
  /** So many tiles at most are needed at once: those that leave are used again for those that come. */
  readonly pool: number;
  /** Positions of a tile. */
  readonly columns: number;
}

/** @param left first pixel in sight @param width pixels in sight @param count of positions */
export function tileSpan(left: number, width: number, count: number, sizes: GridSizes): TileSpan {
  const columns = Math.floor(WIDTH / sizes.cellWidth), size = columns * sizes.cellWidth;
  const pool = Math.ceil((width + 2 * AHEAD) / size) + 1;
  return { ...span(left - AHEAD, width + 2 * AHEAD, size, Math.ceil(count / columns), 0), pool, columns };
}

interface Props {
  readonly tiles: TileSpan;
  readonly lines: readonly Place["layer"][];
  readonly top: number;
  readonly count: number;
  readonly faceOf: FaceOf;
  readonly sizes: GridSizes;
  readonly cuts: LabelCuts;
  readonly look: number;
}

/** Lines of cells, drawn in tiles from left to right. */
export function Tiles({ tiles, count, ...same }: Props) {
  const { cellWidth, titleWidth } = same.sizes, { columns } = tiles;
  const drawn = Array.from({ length: tiles.to - tiles.from }, (_, at) => tiles.from + at);
  // In the order of their keys, so that none has to be moved.
  drawn.sort((a, b) => a % tiles.pool - b % tiles.pool);
  return (
    <>
      {drawn.map((at) => (
        <Tile
          key={at % tiles.pool}
          {...same}
          columns={{ from: at * columns, to: Math.min(count, (at + 1) * columns) }}
          left={titleWidth + at * columns * cellWidth}
        />
      ))}
    </>
  );
}
