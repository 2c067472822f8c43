import type { ShownToken } from "../state/cell.ts";

/** Characters that draw nothing: controls and formats, such as a zero byte, or a joiner of letters. */
const UNSEEN = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u;

/** A token as people see it: spaces and line ends shown, and the piece where the text alone would show nothing. */
export function tokenLabel({ text, piece, id }: ShownToken): string {
  const label = text.replaceAll(" ", "·").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");
  if (label !== "" && !UNSEEN.test(label)) return label;
  const named = piece !== "" && !UNSEEN.test(piece);
  return named ? piece : `#${id ?? "?"}`;
}
