import { displayWidth, padEnd, padStart } from "./visible.ts";

export interface Column {
  /** Stacked lines of the title; the last stands on the table. */
  readonly title: readonly string[];
  readonly align: "start" | "end";
  /** Stands over the titles of this column and those after it, up to the next that has one. */
  readonly over?: string;
  /** Spaces before it, two where not given. */
  readonly gap?: number;
}

/** An aligned table for a terminal: titles, lines, a rule, and a last line under it. */
export function table(
  columns: readonly Column[],
  lines: readonly (readonly string[])[],
  last: readonly string[],
): string {
  const height = Math.max(...columns.map(({ title }) => title.length));
  const titles = Array.from(
    { length: height },
    (_, line) => columns.map(({ title }) => title[title.length - height + line] ?? ""),
  );
  const all = [...titles, ...lines, last];
  const widths = columns.map((_, at) => all.reduce((width, line) => Math.max(width, displayWidth(line[at]!)), 0));
  const gaps = columns.map(({ gap }, at) => at === 0 ? 0 : gap ?? 2);
  const write = (line: readonly string[]) =>
    columns.map(({ align }, at) =>
      " ".repeat(gaps[at]!) + (align === "end" ? padStart : padEnd)(line[at]!, widths[at]!)
    )
      .join("").trimEnd() + "\n";
  const rule = "─".repeat([...widths, ...gaps].reduce((sum, width) => sum + width, 0));
  return `${overLine(columns, widths, gaps)}${titles.map(write).join("")}${lines.map(write).join("")}${rule}\n${
    write(last)
  }`;
}

/** The line of what stands over several columns; empty where nothing does. */
function overLine(columns: readonly Column[], widths: readonly number[], gaps: readonly number[]): string {
  if (columns.every(({ over }) => over === undefined)) return "";
  let line = "";
  let start = 0;
  for (const [at, { over }] of columns.entries()) {
    start += gaps[at]!;
    if (over !== undefined) line = `${padEnd(line, start)}${over}`;
    start += widths[at]!;
  }
  return `${line}\n`;
}
