import type { ShownToken } from "../state/cell.ts";

/** A token as people see it: spaces and line ends shown, and the piece where it is no text alone. */
export function tokenLabel({ text, piece, id }: ShownToken): string {
  if (text === "") return piece === "" ? `#${id ?? "?"}` : piece;
  return text.replaceAll(" ", "·").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");
}
