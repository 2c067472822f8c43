import { statistic, type StatisticName } from "../../lens/statistics.ts";
import type { DecodedRows } from "../../model/engine/engine.ts";
import type { LensCell } from "../probe_cells.ts";
import type { AnswerForm, ProbeAnswer } from "./answer.ts";
import { DecodedRow, type Score } from "./decoded_row.ts";
import { type Column, table } from "./table.ts";
import { clipped, visible } from "./visible.ts";

/** Columns of a terminal that one token may take: the longest tokens are runs of spaces or rules. */
const TOKEN_WIDTH = 18;

/**
 * ProbeResponse as a picture for a terminal: a table for each position, lens and site; layers downwards, so that reading
 * down is watching the prediction form; the model's own output under the rule.
 */
export const text: AnswerForm = {
  contentType: "text/plain; charset=utf-8",
  begin(answer) {
    let written = heading(answer);
    return {
      position(position, rows) {
        written += positionText(answer, position, rows);
      },
      get size() {
        return written.length;
      },
      finish({ usage, timing }) {
        const warnings = answer.warnings.map((warning) => `\nwarning: ${warning}`).join("");
        return `${written}${warnings}\n${usage.rows} rows decoded · forward ${timing.forward_ms.toFixed(1)} ms · ` +
          `lens ${timing.lens_ms.toFixed(1)} ms\n`;
      },
    };
  },
};

function heading({ model, plan, tokens, vocabulary }: ProbeAnswer): string {
  const prompt = tokens.map(({ id }) => tokenName(id, vocabulary)).join("");
  const count = `${tokens.length} token${tokens.length === 1 ? "" : "s"}`;
  return `${model.id} · ${model.precision} · norm ${plan.norm} · ${count}\n${clipped(prompt, 400)}\n`;
}

function positionText(answer: ProbeAnswer, position: number, rows: DecodedRows): string {
  const { tokens, vocabulary } = answer;
  const next = tokens[position + 1];
  const here = tokenName(tokens[position]!.id, vocabulary);
  const title = `position ${position} · after ${here}${next ? ` · before ${tokenName(next.id, vocabulary)}` : ""}`;
  return blocks(answer).map((block) => {
    const [{ cell: { lens, site } }] = block as [Placed];
    return `\n${title} · ${lens} lens of ${site}\n${blockTable(answer, block, rows)}`;
  }).join("");
}

interface Placed {
  readonly cell: LensCell;
  readonly index: number;
}

/** The cells of each lens and site; they stand together already. */
function blocks({ cells }: ProbeAnswer): Placed[][] {
  const placed = cells.map((cell, index) => ({ cell, index }));
  return [...Map.groupBy(placed, ({ cell }) => `${cell.lens} ${cell.site}`).values()];
}

function blockTable({ plan, rowOfCell, vocabulary }: ProbeAnswer, block: readonly Placed[], rows: DecodedRows): string {
  const columns: Column[] = [
    { title: ["layer"], align: "end" },
    ...plan.statistics.map((name): Column => ({ title: name.split("_"), align: "end" })),
    ...Array.from({ length: plan.topK }, (_, at): Column[] => [
      { title: [`${at + 1}`], align: "start", gap: at === 0 ? 3 : 2 },
      { title: [], align: "end", gap: 1 },
    ]).flat(),
    ...plan.tracked.map((id): Column[] => [
      { title: [clipped(tokenName(id, vocabulary), TOKEN_WIDTH)], align: "end", gap: 3 },
      { title: [], align: "end", gap: 1 },
    ]).flat(),
  ];
  const top = (row: DecodedRow) =>
    row.top().flatMap(({ id, prob }) => [clipped(tokenName(id, vocabulary), TOKEN_WIDTH), percent(prob)]);
  const tracked = (row: DecodedRow) =>
    row.tracked(plan.tracked).flatMap(({ rank, prob }: Score) => [`#${rank}`, percent(prob)]);
  const lines = block.map(({ cell, index }) => {
    const row = new DecodedRow(rows, rowOfCell[index]!);
    return [
      `${cell.layer}`,
      ...row.statistics(plan.statistics).map((value, at) => short(value, plan.statistics[at]!)),
      ...top(row),
      ...tracked(row),
    ];
  });
  const output = new DecodedRow(rows, 0);
  const own = plan.statistics.map((name: StatisticName) => name === "entropy" ? short(output.entropy, name) : "");
  return table(columns, lines, ["output", ...own, ...top(output), ...tracked(output)]);
}

function tokenName(id: number, vocabulary: ProbeAnswer["vocabulary"]): string {
  const { piece, text } = vocabulary.token(id);
  return visible(text || piece || `#${id}`);
}

/** At most four columns: "100%", "54%", "9.8%", "~0%". */
export function percent(prob: number): string {
  const value = prob * 100;
  if (value >= 9.95) return `${Math.round(value)}%`;
  return value >= 0.05 ? `${value.toFixed(1)}%` : "~0%";
}

function short(value: number | boolean | null, name: StatisticName): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return statistic(name).type === "integer" ? String(value) : value.toFixed(2);
}
