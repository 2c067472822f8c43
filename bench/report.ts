import type { ClientFigures } from "./client_process.ts";
import type { ColdFigures } from "./cold.ts";
import type { LoadedFigures, StreamFigures } from "./memory.ts";
import { IDLE_CORES } from "./machine.ts";
import type { OverheadFigures } from "./overhead.ts";
import type { Agreement } from "./peer_runs.ts";
import type { SpeedFigures } from "./speed.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";

const fixed = (value: number, digits = 1) => value.toFixed(digits);
/** A disturbed figure bears a mark. */
const cores = (others: number) => `${fixed(others, 2)}${others > IDLE_CORES ? " !" : ""}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

export function speedReport(figures: SpeedFigures): string {
  const all = (pick: (block: SpeedFigures["service"][number]) => readonly number[]) =>
    median(figures.service.flatMap(pick));
  const blocks = figures.service.map(({ wallMs }) => median(wallMs));
  const [wall, forward, lens] = [
    all(({ wallMs }) => wallMs),
    all(({ forwardMs }) => forwardMs),
    all(({ lensMs }) => lensMs),
  ];
  const others = Math.max(...figures.service.map(({ otherCores }) => otherCores));
  return [
    `### ${figures.model}, ${figures.workload}`,
    "",
    `Service: ${fixed(wall)} ms = forward ${fixed(forward)} + lens ${fixed(lens)} + rest ` +
    `${fixed(wall - forward - lens)}; ${figures.rows} rows; ` +
    `medians of the blocks ${fixed(Math.min(...blocks))} to ${fixed(Math.max(...blocks))} ms; ` +
    `others used up to ${cores(others)} cores`,
    ...(figures.beside.length === 0 ? [] : ["", besideTable(figures)]),
    ...figures.failed.map((line) => `skipped ${line}`),
    "",
  ].join("\n");
}

export function besideTable({ beside }: Pick<SpeedFigures, "beside">): string {
  return table(
    ["peer", "peer ms", "service ms", "service/peer", "others' cores", "top-1", "top-10", "|Δp|", "|ΔH|", "|ΔKL|"],
    beside.map(({ peer, peerMs, serviceMs, ratio, run, agreement }) => [
      peer,
      fixed(peerMs),
      fixed(serviceMs),
      fixed(ratio, 2),
      cores(run.other_cores),
      ...agreementCells(agreement),
    ]),
  );
}

function agreementCells(agreement: Agreement | undefined): string[] {
  if (!agreement) return ["", "", "", "", ""];
  const { top1_agree, top10_overlap, max_dp_top1, max_dentropy, max_dkl } = agreement;
  const shares = [top1_agree, top10_overlap].map((share) => fixed(share, 4));
  return [...shares, ...[max_dp_top1, max_dentropy, max_dkl].map((value) => value.toExponential(0))];
}

export function overheadReport(figures: readonly OverheadFigures[]): string {
  return table(
    ["demo over HTTP", "wall ms", "engine ms", "ONNX Runtime ms", "outside engine", "outside ONNX Runtime"],
    figures.map(({ workload, wallMs, engineMs, sessionMs, outsideEngine, outsideSession }) => [
      workload,
      fixed(wallMs, 2),
      fixed(engineMs, 2),
      fixed(sessionMs, 2),
      percent(outsideEngine),
      percent(outsideSession),
    ]),
  );
}

export function clientsReport(figures: readonly ClientFigures[]): string {
  return table(
    ["demo W1, clients", "probes/s", "median ms", "p95 ms", "refused"],
    figures.map(({ clients, perSecond, medianMs, p95Ms, refused }) => [
      `${clients}`,
      fixed(perSecond),
      fixed(medianMs),
      fixed(p95Ms),
      `${refused}`,
    ]),
  );
}

export function coldReport(figures: readonly ColdFigures[]): string {
  return table(
    ["W5, seconds to the first answer", "first start ever", "service", "listening after", "seed", "service/seed"],
    figures.map(({ model, firstEver, later, seed }) => {
      const [service, theirs] = [median(later.map(({ wallS }) => wallS)), median(seed.map(({ wall_s }) => wall_s))];
      return [
        model,
        fixed(firstEver.wallS, 2),
        fixed(service, 2),
        fixed(median(later.map(({ listeningS }) => listeningS)), 2),
        seed.length > 0 ? fixed(theirs, 2) : "",
        seed.length > 0 ? fixed(service / theirs, 2) : "",
      ];
    }),
  );
}

export function loadedReport(figures: readonly LoadedFigures[]): string {
  return table(
    ["resident after loading", "model MB (f32)", "resident MB", "× model", "shared once MB", "after W1, W2 MB"],
    figures.map(({ model, modelMb, residentMb, multiple, proportionalMb, workedMb }) => [
      model,
      fixed(modelMb),
      fixed(residentMb),
      fixed(multiple, 2),
      fixed(proportionalMb),
      fixed(workedMb),
    ]),
  );
}

export function streamsReport(figures: readonly StreamFigures[]): string {
  return table(
    ["stream, tokens", "idle MB", "peak above idle MB", "of it the engine", "seconds", "streamed MB"],
    figures.map(({ tokens, idleMb, peakAboveIdleMb, engineAboveIdleMb, seconds, streamedMb }) => [
      `${tokens}`,
      fixed(idleMb),
      fixed(peakAboveIdleMb),
      fixed(engineAboveIdleMb),
      fixed(seconds),
      fixed(streamedMb),
    ]),
  );
}
