import type { Scale } from "../colours/scale.ts";
import type { Colouring } from "../colours/colouring.ts";
import { pinSlots } from "../pins/pin_slots.ts";
import type { Picture, Reading } from "../state/picture.ts";
import { tokenLabel } from "../text/token_label.ts";
import { type FaceOf, MISSING } from "./face.ts";

/** Cells of one lens at one site: the likeliest token, coloured by a number, with a mark if the token is followed. */
export function readingFaces(
  picture: Picture,
  reading: Reading,
  { read }: Pick<Colouring, "read">,
  scale: Scale,
  pins: readonly number[],
): FaceOf {
  const slots = pinSlots(pins);
  return (place) => {
    const cell = picture.cell(place, reading);
    if (cell === undefined) return isMissing(picture, reading.lens) ? MISSING : null;
    const value = read(cell), [token] = cell.top;
    return {
      texts: () => token === undefined ? [] : [tokenLabel(token)],
      paint: value === null ? null : scale.paint(value),
      pin: slots.get(token?.id ?? -1) ?? null,
      missing: false,
    };
  };
}

/** All that a lens has to say has been said. */
export function isMissing({ begun, rows, expectedRows, lenses }: Picture, lens: string): boolean {
  return begun && rows >= expectedRows && lenses.includes(lens);
}
