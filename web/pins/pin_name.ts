import type { ShownToken } from "../state/cell.ts";
import { tokenLabel } from "../text/token_label.ts";

/** A token's label among others: two with the same text are told apart by id and piece. */
export function pinName(token: ShownToken, among: readonly ShownToken[]): string {
  const label = tokenLabel(token);
  const isAmbiguous = among.some((other) => other.id !== token.id && tokenLabel(other) === label);
  return isAmbiguous ? `${label} (#${token.id}, ${token.piece})` : label;
}
