import { useMemo } from "preact/hooks";
import type { Place } from "../state/question.ts";
import { type GridSizes, span, topOf } from "./grid_layout.ts";
import { tileSpan } from "./tiles.tsx";
import { useSame } from "./use_same.ts";
import type { Sight } from "./use_sight.ts";

/** Layers of a tile: more would be a drawing larger than most screens. */
const BAND = 32;
/** Cells that are elements, at most: of the smallest there are more in sight than anybody listens to. */
const MOST_CELLS = 700;

/**
 * Which tiles, heads and elements what is in sight needs; the same objects as long as it needs the same.
 *
 * @param sight what is seen now
 * @param rest what was seen when scrolling last came to rest
 * @param count of positions
 * @param layers as shown, from the top down
 */
export function useSpans(sight: Sight, rest: Sight, count: number, layers: readonly number[], sizes: GridSizes) {
  const { cellWidth, cellHeight, titleWidth, headHeight } = sizes;
  const tiles = useSame(tileSpan(sight.left, sight.width - titleWidth, count, sizes));
  const band = useSame(span(sight.top, sight.height, BAND * cellHeight, Math.ceil(layers.length / BAND), 0));
  const bands = useMemo(
    () =>
      Array.from({ length: band.to - band.from }, (_, at) => (band.from + at) * BAND).map((from) => ({
        lines: layers.slice(from, from + BAND) as readonly Place["layer"][],
        top: topOf(from, sizes),
      })),
    [band, layers, sizes],
  );

  const heads = useSame({ from: tiles.from * tiles.columns, to: Math.min(count, tiles.to * tiles.columns) });
  const seen = span(rest.left, rest.width - titleWidth, cellWidth, count);
  const lines = useSame(span(rest.top, rest.height - headHeight - cellHeight, cellHeight, layers.length));
  const most = Math.floor(MOST_CELLS / (lines.to - lines.from + 1));
  const cells = useSame({ from: seen.from, to: Math.min(seen.to, seen.from + most) });
  const rows = useMemo(
    () =>
      layers.slice(lines.from, lines.to).map((layer, index) => {
        const at = lines.from + index;
        return { layer, at: at + 1, top: topOf(at, sizes) };
      }),
    [lines, layers, sizes],
  );
  return { tiles, bands, columns: { heads, cells }, rows };
}
