import type { PictureData } from "../state/cell.ts";
import type { Picture } from "../state/picture.ts";

/** All of a picture that has come, as a file would give it. */
export function dataOf(picture: Picture): PictureData {
  const { model, lenses, norm, tokens, layers } = picture;
  return {
    model,
    lenses,
    norm,
    tokens,
    layers: layers.toReversed(),
    output: tokens.map((_, position) => picture.output(position)).filter((cell) => cell !== undefined),
    cells: [...picture.cells()],
  };
}
