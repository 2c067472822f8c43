import type { AnswerForm, AnswerWriter, ProbeAnswer } from "./answer.ts";
import { DecodedRow, type Score } from "./decoded_row.ts";
import { Utf8Buffer } from "./utf8_buffer.ts";

export type Value = string | number | boolean | null;

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

/** ProbeResponse as a tidy table (RFC 4180): one row a token of a cell, the cell's statistics on each of its rows. */
export const csv: AnswerForm = {
  contentType: "text/csv; charset=utf-8; header=present",
  begin(answer) {
    const whole = new Utf8Buffer();
    whole.write(csvHeader(answer.plan.statistics));
    const table = csvRows(answer, whole);
    return {
      position: table,
      get size() {
        return whole.size;
      },
      finish: () => whole.bytes(),
    };
  },
};

/** @param before names of columns that stand before the table's own */
export function csvHeader(statistics: readonly string[], before: readonly string[] = []): string {
  return record([...before, ...COLUMNS, ...statistics]);
}

/** A row that says why there are none, in the columns `kind` and `text`. */
export function csvProblem(detail: string, statistics: readonly string[], before: readonly Value[]): string {
  const columns = COLUMNS.map((name) => name === "kind" ? "problem" : name === "text" ? detail : null);
  return record([...before, ...columns, ...statistics.map(() => null)]);
}

/**
 * Writes the table's rows, position by position, without its header.
 * @param before values of the columns that stand before each row
 */
export function csvRows(
  answer: ProbeAnswer,
  into: Utf8Buffer,
  before: readonly Value[] = [],
): AnswerWriter["position"] {
  const { plan, cells, rowOfCell } = answer;
  const token = tokenColumns(answer);
  return (position, rows) => {
    let text = "";
    const prompt = answer.tokens[position]!;
    const at = [position, prompt.id, prompt.text];
    const output = new DecodedRow(rows, 0);
    // The output is no cell: of the statistics only its entropy has a meaning.
    const entropy = plan.statistics.map((name) => name === "entropy" ? output.entropy : null);
    const tops = plan.topK > 0 ? output.top().map(token) : [NO_TOKEN];
    for (const columns of tops) {
      text += record([...before, "output", ...at, null, null, null, ...columns, ...entropy]);
    }
    cells.forEach(({ lens, site, layer }, cell) => {
      const row = new DecodedRow(rows, rowOfCell[cell]!);
      const statistics = row.statistics(plan.statistics);
      const write = (kind: string, columns: readonly Value[]) => {
        text += record([...before, kind, ...at, lens, site, layer, ...columns, ...statistics]);
      };
      if (plan.topK === 0) write("cell", NO_TOKEN);
      for (const score of row.top()) write("top", token(score));
      for (const score of row.tracked(plan.tracked)) write("tracked", token(score));
    });
    into.write(text);
  };
}

/** The columns of a token, where there is none. */
export const NO_TOKEN: readonly Value[] = [null, null, null, null, null, null, null];

function tokenColumns({ vocabulary }: ProbeAnswer) {
  return ({ id, rank, logit, logprob, prob }: Score): readonly Value[] => {
    const { piece, text } = vocabulary.token(id);
    return [rank, id, piece, text, logit, logprob, prob];
  };
}

export function record(values: readonly Value[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

function field(value: Value): string {
  if (value === null) return "";
  const text = String(value);
  // Spaces at the ends are quoted too: some readers strip bare ones, and " Lily" is not "Lily".
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
