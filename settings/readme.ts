import { readFile, writeFile } from "node:fs/promises";
import { flagOf, ROWS, SETTINGS, variableOf } from "./table.ts";

const MARKER = "<!-- settings -->";

/**
 * Puts the table of settings between the two markers of a README.
 * @throws {Error} when the text has not exactly two markers
 */
export function withSettingsTable(readme: string): string {
  const parts = readme.split(MARKER);
  if (parts.length !== 3) throw new Error(`README.md needs two ${MARKER} markers and has ${parts.length - 1}`);
  return [parts[0], `\n\n${settingsTable()}\n\n`, parts[2]].join(MARKER);
}

/** Flag, environment twin, default and meaning of every setting, as a Markdown table laid out like the formatter's. */
export function settingsTable(): string {
  const rows = ROWS.map((row) => {
    const { placeholder, shownDefault, description } = SETTINGS[row];
    const flag = placeholder === undefined ? flagOf(row) : `${flagOf(row)} ${placeholder}`;
    return [`\`${flag}\``, `\`${variableOf(row)}\``, shownDefault, description].map((cell) =>
      cell.replaceAll("|", "\\|")
    );
  });
  const head = ["flag", "environment", "default", "meaning"];
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? title.length))
  );
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

if (import.meta.main) {
  const file = new URL("../README.md", import.meta.url);
  await writeFile(file, withSettingsTable(await readFile(file, "utf8")));
}
