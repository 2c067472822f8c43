import type { ShownToken } from "../state/cell.ts";

/** A token of a file that says its text alone: the piece is unknown, which is written as "". */
export function tokenOfText(text: string): ShownToken {
  return { id: null, piece: "", text };
}

/** A token of a file that says the vocabulary's piece alone: its text follows as for the service's tokens. */
export function tokenOfPiece(piece: string): ShownToken {
  return { id: null, piece, text: textOfPiece(piece) };
}

/** Special tokens of the Llama family; `<p>` is a piece like others. */
const SPECIAL = /^<(?:s|\/s|unk|pad|\|[^<>\s]+\|)>$/;

/** Of a byte the character, if it is one alone; of a special token nothing. */
function textOfPiece(piece: string): string {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece);
  if (byte !== null) {
    const code = parseInt(byte[1]!, 16);
    return code < 0x80 ? String.fromCharCode(code) : "";
  }
  return SPECIAL.test(piece) ? "" : piece.replaceAll("▁", " ");
}
