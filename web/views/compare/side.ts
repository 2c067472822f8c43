import type { Picture, Reading } from "../../state/picture.ts";
import { isMissing } from "../../grid/reading_faces.ts";

/** One of the readings that stand beside each other. */
export interface Side {
  /** What tells it from the others. */
  readonly title: string;
  readonly reading: Reading;
}

/** What has to be known of a side: where its lens reads nothing, and where it was not made for what it reads. */
export function sideNotes(picture: Picture, { reading }: Side): readonly string[] {
  if (!isMissing(picture, reading.lens)) return [];
  const { lens, site } = reading;
  const cells = picture.layers.map((layer) => [layer, firstOf(picture, layer, reading)] as const);
  const unread = cells.flatMap(([layer, cell]) => cell === undefined ? [layer] : []).sort((a, b) => a - b);
  if (unread.length === cells.length) return [`The ${lens} lens reads nothing at ${site}.`];
  const warnings = new Set(cells.flatMap(([, cell]) => cell?.warnings ?? []));
  const gap = unread.length === 0 ? [] : [`The ${lens} lens does not read ${site} of layer ${unread.join(", ")}.`];
  return [...gap, ...[...warnings].slice(0, 1)];
}

/** A layer is read at all positions or at none, but a file may begin late. */
function firstOf(picture: Picture, layer: number, reading: Reading) {
  for (let position = 0; position < picture.tokens.length; position++) {
    const cell = picture.readout(position, layer, reading);
    if (cell !== undefined) return cell;
  }
  return undefined;
}
