import type { ShownToken } from "../../state/cell.ts";
import type { Picture } from "../../state/picture.ts";

/** All tokens that a picture says, by id. */
export function tokensOf(picture: Picture): ReadonlyMap<number, ShownToken> {
  const tokens = new Map<number, ShownToken>();
  const add = (token: ShownToken) => token.id !== null && tokens.set(token.id, token);
  picture.tokens.forEach(add);
  for (const { top, tracked } of picture.cells()) [...top, ...tracked].forEach(add);
  return tokens;
}
