import type { SelfCheckReport } from "./report.ts";

/** A report as a terminal shows it. */
export function reportText({ model, invariants, lenses, tokens, elapsedMs, passed }: SelfCheckReport): string {
  const width = Math.max(...invariants.map(({ name }) => name.length), ...lenses.map(({ id }) => id.length + 5));
  const lines = [`${model.id} in ${model.precision}`, ""];
  const checks = invariants.map(({ name, verdict, figure, bound, unit, reason }) => {
    const measured = reason ?? `${shown(figure)} of ${shown(bound)} ${unit}`;
    return `${name.padEnd(width)}  ${verdict.padEnd(9)}  ${measured}`;
  });
  lines.push(...checks);
  for (const { id, verdict, detail } of lenses) {
    lines.push(`${`lens ${id}`.padEnd(width)}  ${verdict.padEnd(9)}  ${detail}`);
  }
  const failed = invariants.filter(({ verdict }) => verdict === "fail").length;
  const seconds = (elapsedMs / 1000).toFixed(1);
  lines.push("", `${passed ? "passed" : `${failed} failed`}: ${tokens} tokens, ${seconds} s`);
  return lines.join("\n");
}

function shown(figure: number | null): string {
  return figure === null ? "no number" : figure === 0 ? "0" : figure.toExponential(1);
}
