import type { Cell } from "../../state/cell.ts";
import type { Picture, Reading } from "../../state/picture.ts";
import { SITES } from "../../state/question.ts";

/** What the small charts are of, lens by lens, and the cells of each: none where the lens does not read. */
export interface SiteReading extends Reading {
  /** The first layer first. */
  readonly cells: readonly Cell[];
}

/**
 * All that is read at a position. A probe is of all sites, so each has its place before anything has come; of a file there
 * are those that are in it.
 */
export function readingsAt(picture: Picture, position: number): readonly SiteReading[] {
  const byReading = new Map<string, Cell[]>();
  const there = new Set<string>();
  for (const cell of picture.cells()) {
    if (cell.position !== position) continue;
    there.add(cell.site);
    const key = keyOf(cell);
    const cells = byReading.get(key);
    if (cells === undefined) byReading.set(key, [cell]);
    else cells.push(cell);
  }
  const isProbe = picture.frames.length > 0;
  const known = SITES.filter((site) => isProbe || there.has(site));
  const others = [...there].filter((site) => !SITES.some((known) => known === site));
  return picture.lenses.flatMap((lens) =>
    [...known, ...others].map((site) => ({
      lens,
      site,
      cells: (byReading.get(keyOf({ lens, site })) ?? []).sort((a, b) => a.layer - b.layer),
    }))
  );
}

/** The reading that is asked for, or the first that there is. */
export function readingOf(readings: readonly SiteReading[], { lens, site }: Reading): SiteReading | undefined {
  return readings.find((reading) => reading.lens === lens && reading.site === site) ??
    readings.find(({ cells }) => cells.length > 0) ?? readings[0];
}

function keyOf({ lens, site }: Reading): string {
  return `${lens} ${site}`;
}
