import type { BesideFigures } from "./beside.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";
import { PEER_WORKLOADS } from "./workloads.ts";

/** What each of the service's precisions is held against. */
const AGAINST: readonly (readonly [string, readonly string[]])[] = [
  ["service f32", ["best f32", "best-onednn f32"]],
  ["service q16", ["best f32", "best-onednn f32"]],
  ["service q8", ["best bf16", "best-onednn bf16"]],
];

/** One table a model: milliseconds, memory and fidelity of all, and how many times as fast as its peers the service is. */
export function besideReport(figures: readonly BesideFigures[]): string {
  const models = Map.groupBy(figures, ({ model }) => model);
  return [...models].map(([model, mine]) => modelReport(model, mine)).join("\n");
}

function modelReport(model: string, figures: readonly BesideFigures[]): string {
  const contenders = [...new Set(figures.map(({ contender }) => contender))].sort(byService);
  const found = (contender: string, workload: string) =>
    figures.findLast((one) => one.contender === contender && one.workload === workload);
  const ms = (contender: string, workload: string) => {
    const { wallMs } = found(contender, workload) ?? {};
    return wallMs ? median(wallMs) : NaN;
  };
  const cell = (value: number, digits: number) => Number.isNaN(value) ? "" : value.toFixed(digits);
  const lines = contenders.map((contender) => {
    const peaks = figures.filter((one) => one.contender === contender).flatMap(({ peakMb }) => peakMb ?? []);
    const fidelity = found(contender, "fidelity")?.fidelity;
    return [
      contender,
      ...PEER_WORKLOADS.map((workload) => cell(ms(contender, workload), 1)),
      peaks.length > 0 ? Math.max(...peaks).toFixed(0) : "",
      fidelity ? fidelity.kl.toExponential(1) : "",
      fidelity ? `${(100 * fidelity.top1).toFixed(2)} %` : "",
    ];
  });
  const ratios = AGAINST.flatMap(([ours, peers]) =>
    peers.map((peer) => [
      `${ours} / ${peer}`,
      ...PEER_WORKLOADS.map((workload) => cell(ms(peer, workload) / ms(ours, workload), 2)),
    ])
  );
  return [
    `### ${model} beside the peers`,
    "",
    table([model, "W1 ms", "W2 ms", "W3 ms", "W4 ms", "peak MB", "mean KL to f32", "top-1"], lines),
    "",
    table(["times as fast", ...PEER_WORKLOADS], ratios),
    ...figures.flatMap(({ contender, workload, failed }) =>
      failed ? [`skipped ${contender} ${workload}: ${failed}`] : []
    ),
    "",
  ].join("\n");
}

const byService = (a: string, b: string) => Number(b.startsWith("service")) - Number(a.startsWith("service"));

/** Puts the raw figures of several runs into one table: deno run -R bench/beside_report.ts a.json b.json */
if (import.meta.main) {
  const files = Deno.args.map((path) => JSON.parse(Deno.readTextFileSync(path)) as { beside?: BesideFigures[] });
  console.log(besideReport(files.flatMap(({ beside = [] }) => beside)));
}
