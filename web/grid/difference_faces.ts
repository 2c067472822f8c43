import type { Difference } from "../colours/difference.ts";
import type { Scale } from "../colours/scale.ts";
import type { RankedToken } from "../state/cell.ts";
import type { Picture, Reading } from "../state/picture.ts";
import { tokenLabel } from "../text/token_label.ts";
import { type Face, type FaceOf, MISSING } from "./face.ts";
import { isMissing } from "./reading_faces.ts";

/** What a cell says where both find the same token likeliest. */
export const AGREED = "✓";

/** Cells of two readings: both likeliest tokens where they differ, coloured by how much the readings differ. */
export function differenceFaces(
  picture: Picture,
  first: Reading,
  second: Reading,
  { read }: Difference,
  scale: Scale,
): FaceOf {
  const isOver = [first, second].every(({ lens }) => isMissing(picture, lens));
  return ({ position, layer }) => {
    // Both lenses are held against the same output.
    if (layer === "output") return faceOf(picture.output(position)?.top.slice(0, 1).map(tokenLabel));
    const [one, other] = [first, second].map((reading) => picture.readout(position, layer, reading));
    if (one === undefined || other === undefined) return isOver ? MISSING : null;
    const value = read(one, other), [token] = one.top, [against] = other.top;
    const texts = () => {
      if (token === undefined || against === undefined) return [];
      return isSame(token, against) ? [AGREED] : [tokenLabel(token), tokenLabel(against)];
    };
    return { texts, paint: value === null ? null : scale.paint(value), pin: null, missing: false };
  };
}

function faceOf(texts: readonly string[] | undefined): Face | null {
  return texts === undefined ? null : { texts: () => texts, paint: null, pin: null, missing: false };
}

/** Two tokens may have the same text; files of other tools know nothing but the text. */
function isSame(one: RankedToken, other: RankedToken): boolean {
  return one.id === null || other.id === null ? one.text === other.text : one.id === other.id;
}
