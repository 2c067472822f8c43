import type { Colouring } from "../../colours/colouring.ts";
import type { Picture } from "../../state/picture.ts";
import type { Side } from "./side.ts";

/** The numbers that all sides are coloured by: they have one scale. */
export function* numbersOf(
  picture: Picture,
  sides: readonly Side[],
  { read }: Pick<Colouring, "read">,
): Generator<number> {
  const shown = new Set(sides.map(({ reading: { lens, site } }) => `${lens} ${site}`));
  for (const cell of picture.cells()) {
    const value = shown.has(`${cell.lens} ${cell.site}`) ? read(cell) : null;
    if (value !== null) yield value;
  }
}
