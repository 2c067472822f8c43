/** Markdown, aligned so that a terminal shows it well: the first column to the left, numbers to the right. */
export function table(titles: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = titles.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]!.length)));
  const write = (line: readonly string[]) =>
    `| ${line.map((text, at) => at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!)).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => "-".repeat(width + 1) + (at === 0 ? "-" : ":")).join("|")}|`;
  return [write(titles), rule, ...lines.map(write)].join("\n");
}
