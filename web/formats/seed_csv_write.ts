import type { RankedToken, ShownToken } from "../state/cell.ts";
import type { Picture } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";
import { pythonPercent, pythonText } from "./python_literal.ts";
import { SEED_COLUMNS, SEED_HEADER } from "./seed_columns.ts";

/** How tokens are spelt: as the seed's logit lens files have them, or as its tuned lens files. */
export type SeedSpelling = "text" | "piece";

const TOKENS = 10;

/**
 * The last position of a picture as DanYuDE/Research-Project's result files have it: a header, and a row a layer.
 * @throws {ExportFault} that says what the picture lacks
 */
export function writeSeedCsv(picture: Picture, lens: string, spelling: SeedSpelling): string {
  const position = picture.tokens.length - 1;
  const layers = picture.layers.toSorted((a, b) => a - b);
  if (picture.norm === "final") {
    throw new ExportFault("the seed's form has every state by its own norm, not the final one");
  }
  if (layers.length === 0 || layers.some((layer, at) => layer !== at)) {
    throw new ExportFault("the seed's form has every layer from 0 on: run it with all of them");
  }
  const spell = spelling === "text" ? decodedAlone : pieceOf;
  const rows = layers.map((layer) => {
    const cells = SEED_COLUMNS.map(({ site }) => {
      const cell = picture.readout(position, layer, { lens, site });
      if (cell === undefined) {
        throw new ExportFault(
          `the seed's form needs ${site} of layer ${layer} by the lens ${lens} at the last position`,
        );
      }
      return listOf(cell.top.slice(0, TOKENS), spell);
    });
    return [`layer${layer}`, ...cells].map(field).join(",");
  });
  return [SEED_HEADER, ...rows].map((row) => `${row}\n`).join("");
}

function listOf(top: readonly RankedToken[], spell: (token: ShownToken) => string): string {
  const pairs = top.map((token) => {
    if (token.prob === null) throw new ExportFault("the seed's form has percents, and this picture's file has none");
    return `(${pythonText(spell(token))}, ${pythonPercent(token.prob)})`;
  });
  return `[${pairs.join(", ")}]`;
}

/** What decoding a token by itself gives: sentencepiece's leading space is lost, a byte that is no text is U+FFFD. */
function decodedAlone({ piece, text }: ShownToken): string {
  if (piece.startsWith("▁") && text.startsWith(" ")) return text.slice(1);
  if (text !== "" || piece === "") return text;
  const isSpecial = /^<.*>$/.test(piece) && !/^<0x[0-9A-F]{2}>$/.test(piece);
  return isSpecial ? "" : "\ufffd";
}

function pieceOf({ piece, text }: ShownToken): string {
  if (piece === "" && text !== "") throw new ExportFault("this picture's file has no pieces: write it as text");
  return piece;
}

/** Python's csv.QUOTE_MINIMAL. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
