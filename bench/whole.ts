import { type BareFigures, bareProducts } from "./bare_products.ts";
import { withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import type { Precision } from "../model/engine/precision.ts";
import { highestTree, resetHighest, residentTree } from "./process_memory.ts";
import { type ServiceProcess, startServiceProcess, untilReady } from "./service_process.ts";
import { requestRuns, type ServiceRuns } from "./service_runs.ts";
import { median } from "./statistics.ts";
import { lcgIds, probeRequests } from "./workloads.ts";

/** A model in one precision, as it is served from converted weights. */
export interface WholeFigures {
  readonly model: string;
  readonly precision: Precision;
  readonly readySeconds: number;
  readonly residentMb: number;
  /** While it was loaded. */
  readonly loadPeakMb: number;
  /** Four sites of all blocks at the last position, top 10. */
  readonly probes: readonly ProbeFigures[];
  /** All positions after each block, top 10, entropy and KL. */
  readonly grid: ProbeFigures & HeadRate;
  readonly bare: BareFigures;
}

export interface ProbeFigures {
  readonly tokens: number;
  readonly rows: number;
  readonly runs: ServiceRuns;
  readonly wallMs: number;
  readonly forwardMs: number;
  readonly lensMs: number;
  /** The sum of the blocks' bare products, attention's among them. */
  readonly bareMs: number;
  /** wallMs / the smaller of forwardMs and bareMs. */
  readonly ratio: number;
}

export interface HeadRate {
  readonly gflops: number;
  readonly bareGflops: number;
  /** gflops / bareGflops. */
  readonly share: number;
}

export interface WholeOptions {
  readonly precision: Precision;
  readonly data: string | undefined;
  readonly reps: number;
  readonly tell: (line: string) => void;
}

const TOKENS = [16, 128, 1024];
const GRID_TOKENS = 128;
/** Rows that the head's bare product is measured at: the best counts. */
const HEAD_ROWS = [128, 152, 192, 256, 300];
/** Answered before anything is measured, so that every page of the weights was touched. */
const WARM_TOKENS = 16;

export function whole(model: BenchModel, options: WholeOptions): Promise<WholeFigures> {
  const { precision, reps, tell } = options;
  return withData(options.data, async (data) => {
    const served = await serve(model, precision, data, reps, tell);
    tell(`${model.name} ${precision}: bare products`);
    const bare = await bareProducts({
      ...{ model: model.folder, data, precision, threads: navigator.hardwareConcurrency, tokens: TOKENS },
      ...{ rows: HEAD_ROWS, reps },
    });
    const bareMs = (tokens: number) => bare.blocks.find((one) => one.tokens === tokens)!.ms;
    const figures = ({ tokens, rows, runs }: Measured): ProbeFigures => {
      const wallMs = median(runs.wallMs);
      const [forwardMs, lensMs] = [median(runs.forwardMs), median(runs.lensMs)];
      const ratio = wallMs / Math.min(forwardMs, bareMs(tokens));
      return { tokens, rows, runs, wallMs, forwardMs, lensMs, bareMs: bareMs(tokens), ratio };
    };
    const grid = figures(served.grid);
    const gflops = 2 * grid.rows * served.dModel * served.vocabulary / grid.lensMs / 1e6;
    const bareGflops = Math.max(...bare.head.map((one) => one.gflops));
    return {
      ...{ model: model.name, precision, readySeconds: served.readySeconds, residentMb: served.residentMb },
      ...{ loadPeakMb: served.loadPeakMb, probes: served.probes.map(figures), bare },
      grid: { ...grid, gflops, bareGflops, share: gflops / bareGflops },
    };
  });
}

interface Measured {
  readonly tokens: number;
  readonly rows: number;
  readonly runs: ServiceRuns;
}

async function serve(
  model: BenchModel,
  precision: Precision,
  data: string,
  reps: number,
  tell: (line: string) => void,
) {
  const began = performance.now();
  await using service = await startServiceProcess(model.folder, data, ["--precision", precision]);
  await untilReady(service, 1800);
  const readySeconds = (performance.now() - began) / 1000;
  tell(`${model.name} ${precision}: ready in ${readySeconds.toFixed(1)} s`);
  const { d_model: dModel, vocabulary } = await (await fetch(`${service.url}/model`)).json();
  const loadPeakMb = highestTree(service.pid) / 1e6;
  await service.post("/probe", lastPosition(WARM_TOKENS, vocabulary));
  const residentMb = residentTree(service.pid) / 1e6;
  const ask = async (tokens: number, body: Record<string, unknown>): Promise<Measured> => {
    // A long one takes long enough to be measured less often.
    const times = { reps: tokens > 512 ? Math.min(2, reps) : reps, warmup: 1 };
    const { runs, answers } = await requestRuns(service, [body], times);
    tell(`${model.name} ${precision}, ${tokens} tokens: ${median(runs.wallMs).toFixed(0)} ms`);
    return { tokens, rows: answers[0]!.usage.rows, runs };
  };
  const probes: Measured[] = [];
  for (const tokens of TOKENS) probes.push(await ask(tokens, lastPosition(tokens, vocabulary)));
  const [everywhere] = probeRequests({ name: "W2", prompts: [lcgIds(GRID_TOKENS, vocabulary)] });
  const grid = await ask(GRID_TOKENS, everywhere!);
  return { readySeconds, loadPeakMb, residentMb, probes, grid, dModel, vocabulary } as const;
}

export function lastPosition(tokens: number, vocabulary: number): Record<string, unknown> {
  return probeRequests({ name: "W1", prompts: [lcgIds(tokens, vocabulary)] })[0]!;
}

/** The most that the service's processes took together while `work` was done, in 10⁶ bytes, and before it. */
export async function peakWhile(service: ServiceProcess, work: () => Promise<unknown>) {
  const idleMb = residentTree(service.pid) / 1e6;
  resetHighest(service.pid);
  const began = performance.now();
  await work();
  const peakMb = highestTree(service.pid) / 1e6;
  return { idleMb, peakMb, seconds: (performance.now() - began) / 1000 };
}
