import { flagOf, ROWS, SETTINGS, variableOf } from "./table.ts";

/** Columns of an ordinary terminal. */
const WIDTH = 100;
const INDENT = "      ";

/** What `--help` prints: every flag with its environment twin, default and meaning. */
export function helpText(): string {
  const usual = ROWS.filter((row) => !SETTINGS[row].expert).map(describe);
  const expert = ROWS.filter((row) => SETTINGS[row].expert).map(describe);
  return [
    "Midstream: what a Llama model is about to say, at every point of its residual stream.",
    "",
    "deno task start [flags]",
    "",
    ...usual,
    "",
    "For measuring and mending:",
    "",
    ...expert,
    "",
    "  --help, -h",
    `${INDENT}print this and stop`,
    "",
    "A flag wins over its environment variable; of a flag given twice the last counts.",
  ].join("\n");
}

function describe(row: (typeof ROWS)[number]): string {
  const { placeholder, description, shownDefault } = SETTINGS[row];
  const head = [`  ${flagOf(row)}`, ...(placeholder === undefined ? [] : [placeholder])].join(" ");
  return [`${head}  (${variableOf(row)})`, ...wrap(`${description} [${shownDefault}]`)].join("\n");
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line.trimEnd());
      line = INDENT;
    }
    line += word + " ";
  }
  return [...lines, line.trimEnd()];
}
