import { table } from "./table.ts";
import type { WholeFigures } from "./whole.ts";

const ms = (value: number) => value.toFixed(0);

export function wholeReport(figures: WholeFigures): string {
  const { model, precision, grid, bare } = figures;
  const probes = table(
    [`${model} ${precision}, tokens`, "rows", "wall ms", "forward", "lens", "bare products", "wall / forward alone"],
    figures.probes.map((probe) => [
      `${probe.tokens}`,
      `${probe.rows}`,
      ...[probe.wallMs, probe.forwardMs, probe.lensMs, probe.bareMs].map(ms),
      probe.ratio.toFixed(2),
    ]),
  );
  return [
    `### ${model}, ${precision}`,
    "",
    `From cache to ready: ${figures.readySeconds.toFixed(1)} s; resident ${
      (figures.residentMb / 1000).toFixed(2)
    } GB, ` +
    `at most ${(figures.loadPeakMb / 1000).toFixed(2)} GB while loading`,
    "",
    probes,
    "",
    "Bare products: of the weights, and of attention, float32, the causal part: " +
    `${bare.blocks.map(({ tokens, attentionMs }) => `${ms(attentionMs)} ms of them at ${tokens} tokens`).join(", ")}.`,
    "",
    `All positions of ${grid.tokens} tokens after each block: ${ms(grid.wallMs)} ms = forward ${
      ms(grid.forwardMs)
    } + ` +
    `lens ${ms(grid.lensMs)} for ${grid.rows} rows: ${grid.gflops.toFixed(0)} GFLOP/s, ` +
    `${(100 * grid.share).toFixed(1)} % of the bare product's ${grid.bareGflops.toFixed(0)}`,
    "",
  ].join("\n");
}
