import type { Difference } from "../../colours/difference.ts";
import type { Picture } from "../../state/picture.ts";
import type { Place } from "../../state/question.ts";
import type { Side } from "./side.ts";

/** How the first side differs from the second at a cell; null where one of them has no reading, and for the output. */
export function differenceAt(
  picture: Picture,
  sides: readonly Side[],
  { read }: Difference,
  place: Place | null,
): number | null {
  if (place === null || place.layer === "output") return null;
  const { position, layer } = place;
  const [first, second] = sides.map(({ reading }) => picture.readout(position, layer, reading));
  return first === undefined || second === undefined ? null : read(first, second);
}
