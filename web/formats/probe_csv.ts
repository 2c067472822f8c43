import type { TopToken } from "../../clients/typescript/midstream.ts";
import type { Cell, OutputCell, RankedToken } from "../state/cell.ts";
import type { Picture } from "../state/picture.ts";

type Value = string | number | boolean | null;

const COLUMNS = [
  "kind",
  "position",
  "token_id",
  "token_text",
  "lens",
  "site",
  "layer",
  "rank",
  "id",
  "piece",
  "text",
  "logit",
  "logprob",
  "prob",
];
/** Members of a cell that are no statistics. */
const NO_STATISTICS = ["type", "position", "lens", "site", "layer", "top", "tracked", "warnings"];
const NO_TOKEN: readonly Value[] = [null, null, null, null, null, null, null];

/**
 * The table that POST /probe answers as text/csv: one row a token of a cell, the cell's statistics on each of its rows. Of another
 * tool's file, what it does not say is empty.
 */
export function probeCsv(picture: Picture): string {
  const cells = Map.groupBy(picture.cells(), ({ position }) => position);
  const [first] = picture.cells();
  const statistics = Object.keys(first ?? {}).filter((name) => !NO_STATISTICS.includes(name));
  const lines = [record([...COLUMNS, ...statistics])];
  picture.tokens.forEach(({ id, text }, position) => {
    const at = [position, id, text];
    const output = picture.output(position);
    if (output !== undefined) {
      // The output is no cell: of the statistics only its entropy has a meaning.
      const entropy = statistics.map((name) => name === "entropy" ? output.entropy ?? null : null);
      const tops = output.top.length > 0 ? ranked(output) : [NO_TOKEN];
      for (const columns of tops) lines.push(record(["output", ...at, null, null, null, ...columns, ...entropy]));
    }
    for (const cell of cells.get(position) ?? []) {
      const values = statistics.map((name) => (cell as unknown as Record<string, Value | undefined>)[name] ?? null);
      const write = (kind: string, columns: readonly Value[]) =>
        lines.push(record([kind, ...at, cell.lens, cell.site, cell.layer, ...columns, ...values]));
      if (cell.top.length === 0) write("cell", NO_TOKEN);
      for (const columns of ranked(cell)) write("top", columns);
      for (const token of cell.tracked) write("tracked", columnsOf(token, token.rank ?? null));
    }
  });
  return lines.join("");
}

/** Likeliest first; equal logits share a rank. */
function ranked({ top }: Cell | OutputCell): Value[][] {
  let rank = 1;
  return top.map((token, at) => {
    const logit = logitOf(token);
    if (at > 0 && (logit === null || logitOf(top[at - 1]!) !== logit)) rank = at + 1;
    return columnsOf(token, token.rank ?? rank);
  });
}

function columnsOf(token: RankedToken, rank: number | null): Value[] {
  const { id, piece, text, logprob, prob } = token;
  return [rank, id, piece, text, logitOf(token), logprob, prob];
}

/** The service's tokens have one, those of other files have not. */
function logitOf(token: RankedToken): number | null {
  return (token as Partial<TopToken>).logit ?? null;
}

function record(values: readonly Value[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

function field(value: Value): string {
  if (value === null) return "";
  const text = String(value);
  // Spaces at the ends are quoted too: some readers strip bare ones, and " Lily" is not "Lily".
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
