import type { Site } from "../../lens/sites.ts";
import { statistic, type StatisticName } from "../../lens/statistics.ts";
import type { DecodedRows } from "../../model/engine/engine.ts";
import type { LensCell } from "../probe_cells.ts";
import type { AnswerForm, ProbeAnswer } from "./answer.ts";
import { DecodedRow, type Score } from "./decoded_row.ts";
import { type Column, table } from "./table.ts";
import { Utf8Buffer } from "./utf8_buffer.ts";
import { clipped, visible } from "./visible.ts";

/** Columns of a terminal that one token may take: the longest tokens are runs of spaces or rules. */
const TOKEN_WIDTH = 18;
/** Spaces between two lenses that stand beside each other. */
const BETWEEN_LENSES = 6;

/**
 * ProbeResponse as a picture for a terminal: a table for each position, lens and site; layers downwards, so that reading
 * down is watching the prediction form; the model's own output under the rule.
 */
export const text: AnswerForm = {
  contentType: "text/plain; charset=utf-8",
  begin(answer) {
    const whole = new Utf8Buffer();
    whole.write(heading(answer));
    return {
      position(position, rows) {
        whole.write(positionText(answer, position, rows));
      },
      get size() {
        return whole.size;
      },
      finish({ usage, timing }) {
        const warnings = answer.warnings.map((warning) => `\nwarning: ${warning}`).join("");
        whole.write(
          `${warnings}\n${usage.rows} rows decoded · forward ${timing.forward_ms.toFixed(1)} ms · ` +
            `lens ${timing.lens_ms.toFixed(1)} ms\n`,
        );
        return whole.bytes();
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
  return pictures(answer).map(({ name, blocks }) => `\n${title} · ${name}\n${pictureTable(answer, blocks, rows)}`)
    .join("");
}

interface Placed {
  readonly cell: LensCell;
  readonly index: number;
}

/** The cells of one lens at one site. */
interface Block {
  readonly lens: string;
  readonly site: Site;
  readonly cells: readonly Placed[];
}

/** Blocks that share one table. */
interface Picture {
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** A table for each lens and site; two lenses of one site stand beside each other, layer by layer. */
function pictures({ cells }: ProbeAnswer): Picture[] {
  const placed = cells.map((cell, index) => ({ cell, index }));
  const blocks = [...Map.groupBy(placed, ({ cell }) => `${cell.lens} ${cell.site}`).values()].map((cells): Block => {
    const { lens, site } = cells[0]!.cell;
    return { lens, site, cells };
  });
  const [first, second] = blocks;
  if (blocks.length === 2 && first!.site === second!.site) {
    return [{ name: `${first!.lens} and ${second!.lens} lens of ${first!.site}`, blocks }];
  }
  return blocks.map((block) => ({ name: `${block.lens} lens of ${block.site}`, blocks: [block] }));
}

function pictureTable(answer: ProbeAnswer, blocks: readonly Block[], rows: DecodedRows): string {
  const layers = [...new Set(blocks.flatMap(({ cells }) => cells.map(({ cell }) => cell.layer)))].sort((a, b) => a - b);
  const columns: Column[] = [{ title: ["layer"], align: "end" }];
  for (const block of blocks) columns.push(...blockColumns(answer, blocks.length > 1 ? block.lens : null));
  const lines = layers.map((layer) => [
    `${layer}`,
    ...blocks.flatMap(({ cells }) => {
      const placed = cells.find(({ cell }) => cell.layer === layer);
      return rowFields(answer, placed && new DecodedRow(rows, answer.rowOfCell[placed.index]!), short);
    }),
  ]);
  // The output is no cell: of the statistics only its entropy has a meaning.
  const own = (value: number | boolean | null, name: StatisticName) => name === "entropy" ? short(value, name) : "";
  const output = rowFields(answer, new DecodedRow(rows, 0), own);
  return table(columns, lines, ["output", ...blocks.flatMap(() => output)]);
}

/** @param lens stands over the block's first column; null where the table has one block alone */
function blockColumns({ plan, vocabulary }: ProbeAnswer, lens: string | null): Column[] {
  const columns: Column[] = [
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
  const [first, ...others] = columns;
  if (lens === null || first === undefined) return columns;
  return [{ ...first, over: lens, gap: BETWEEN_LENSES }, ...others];
}

/** A row under the columns of a block; blank where a lens has no such cell. */
function rowFields(
  { plan, vocabulary }: ProbeAnswer,
  row: DecodedRow | undefined,
  statistic: (value: number | boolean | null, name: StatisticName) => string,
): string[] {
  if (row === undefined) return Array(plan.statistics.length + 2 * (plan.topK + plan.tracked.length)).fill("");
  return [
    ...row.statistics(plan.statistics).map((value, at) => statistic(value, plan.statistics[at]!)),
    ...row.top().flatMap(({ id, prob }) => [clipped(tokenName(id, vocabulary), TOKEN_WIDTH), percent(prob)]),
    ...row.tracked(plan.tracked).flatMap(({ rank, prob }: Score) => [`#${rank}`, percent(prob)]),
  ];
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
