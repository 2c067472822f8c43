import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { STATISTICS } from "../lens/statistics.ts";
import { METRICS } from "../routes/metric_table.ts";
import { flagOf, ROWS, SETTINGS, variableOf } from "../settings/table.ts";
import { outputTable, stateTables } from "./fidelity_tables.ts";
import { markdownTable } from "./markdown_table.ts";
import { sizingTable } from "./sizing_table.ts";

/** A page that holds a part made from the code, between two markers `<!-- name -->`. */
export interface Document {
  readonly file: URL;
  readonly marker: string;
  readonly table: () => string;
}

export const DOCUMENTS: readonly Document[] = [
  { file: new URL("../README.md", import.meta.url), marker: "<!-- settings -->", table: settingsTable },
  { file: new URL("../README.md", import.meta.url), marker: "<!-- fidelity -->", table: outputTable },
  { file: new URL("../docs/fidelity.md", import.meta.url), marker: "<!-- fidelity of states -->", table: stateTables },
  { file: new URL("../docs/numbers.md", import.meta.url), marker: "<!-- statistics -->", table: statisticsTable },
  { file: new URL("../docs/operations.md", import.meta.url), marker: "<!-- metrics -->", table: metricsTable },
  { file: new URL("../docs/operations.md", import.meta.url), marker: "<!-- memory -->", table: sizingTable },
  { file: new URL("../docs/explorer.md", import.meta.url), marker: "<!-- a view -->", table: exampleOfView },
];

/**
 * Puts `body` between the two markers of a text.
 * @throws {Error} when the text has not exactly two markers
 */
export function between(text: string, marker: string, body: string): string {
  const parts = text.split(marker);
  if (parts.length !== 3) throw new Error(`the page needs two ${marker} markers and has ${parts.length - 1}`);
  return [parts[0], `\n\n${body}\n\n`, parts[2]].join(marker);
}

/** Flag, environment twin, default and meaning of every setting. */
export function settingsTable(): string {
  const rows = ROWS.map((row) => {
    const { placeholder, shownDefault, description } = SETTINGS[row];
    const flag = placeholder === undefined ? flagOf(row) : `${flagOf(row)} ${placeholder}`;
    return [`\`${flag}\``, `\`${variableOf(row)}\``, shownDefault, description];
  });
  return markdownTable(["flag", "environment", "default", "meaning"], rows);
}

/** Name, unit and meaning of every statistic of a cell. */
export function statisticsTable(): string {
  const rows = STATISTICS.map(({ name, unit, description }) => [`\`${name}\``, unit, description]);
  return markdownTable(["statistic", "unit", "meaning"], rows);
}

/** Name, type, labels and meaning of every figure of GET /metrics. */
export function metricsTable(): string {
  const rows = Object.values(METRICS).map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(", "),
    help,
  ]);
  return markdownTable(["metric", "type", "labels", "meaning"], rows);
}

/** The view that docs/explorer.md shows as the example of how to add one. */
export function exampleOfView(): string {
  const source = readFileSync(new URL("../web/views/agreement_view.tsx", import.meta.url), "utf8");
  return `\`\`\`tsx\n${source}\`\`\``;
}

if (import.meta.main) {
  for (const { file, marker, table } of DOCUMENTS) {
    await writeFile(file, between(await readFile(file, "utf8"), marker, table()));
  }
}
