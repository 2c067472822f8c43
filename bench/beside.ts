import { join } from "node:path";
import type { Precision } from "../model/engine/precision.ts";
import { withData } from "./converted_data.ts";
import { type Fidelity, peerFidelity, type Reference, referenceLogits, serviceFidelity } from "./logit_fidelity.ts";
import type { BenchModel } from "./options.ts";
import type { Peers } from "./peer_runs.ts";
import { highestTree, resetHighest } from "./process_memory.ts";
import { type ServiceProcess, startServiceProcess, untilReady } from "./service_process.ts";
import type { Shapes } from "./shapes.ts";
import { median } from "./statistics.ts";
import { tunedRequest } from "./tuned_workload.ts";
import { type PeerWorkload, probeRequests, type Workload } from "./workloads.ts";

/** Everybody's time, memory and fidelity for one question. */
export interface BesideFigures {
  readonly model: string;
  readonly contender: string;
  readonly workload: PeerWorkload | "fidelity";
  /** Milliseconds of each repetition. */
  readonly wallMs?: readonly number[];
  readonly otherCores?: number;
  /** Of the work, with the model; 10⁶ bytes. */
  readonly peakMb?: number;
  /** To float32 of torch. */
  readonly fidelity?: Fidelity;
  readonly failed?: string;
}

export interface BesideOptions {
  readonly precisions: readonly Precision[];
  readonly workloads: readonly PeerWorkload[];
  /** The same model in bfloat16, for peers in bfloat16. */
  readonly bf16: string | undefined;
  /** Text that fidelity is measured on; left out, it is not. */
  readonly corpus: string | undefined;
  readonly data: string | undefined;
  readonly reps: number;
  readonly peers: Peers;
  /** nnsight and transformer-lens do not live with the others. */
  readonly otherPeers: Peers | undefined;
  readonly shapes: Shapes;
  readonly tell: (line: string) => void;
}

interface Contender {
  readonly peer: string;
  readonly dtype: "f32" | "bf16";
  readonly other?: boolean;
}

const CONTENDERS: readonly Contender[] = [
  { peer: "best", dtype: "f32" },
  { peer: "best-onednn", dtype: "f32" },
  { peer: "best", dtype: "bf16" },
  { peer: "best-onednn", dtype: "bf16" },
  { peer: "nnsight", dtype: "f32", other: true },
  { peer: "transformerlens", dtype: "f32", other: true },
];
/** The two ask for less than W3. */
const WITHOUT_W3 = ["nnsight", "transformerlens"];

export async function beside(
  model: BenchModel,
  options: BesideOptions,
  found: (figures: BesideFigures) => void,
): Promise<void> {
  const { precisions, workloads, shapes, data: kept, corpus } = options;
  const lens = workloads.includes("W3") ? await shapes.lens(model) : undefined;
  await withData(kept, async (data) => {
    const services: { name: string; service: ServiceProcess }[] = [];
    await using stack = new AsyncDisposableStack();
    for (const precision of precisions) {
      const flags = ["--precision", precision, "--prefix-cache", "0", ...(lens ? ["--lens", `mine=${lens}`] : [])];
      const service = stack.use(await startServiceProcess(model.folder, data, flags));
      await untilReady(service, 1800);
      services.push({ name: `service ${precision}`, service });
    }
    const prompts = await options.peers.prompts(model.folder);
    for (const workload of workloads) {
      await compared(model, workload, prompts, services, lens, options, found);
    }
    if (corpus !== undefined) await fidelities(model, corpus, services, options, found);
  });
}

async function compared(
  model: BenchModel,
  workload: PeerWorkload,
  prompts: readonly Workload[],
  services: readonly { readonly name: string; readonly service: ServiceProcess }[],
  lens: string | undefined,
  options: BesideOptions,
  found: (figures: BesideFigures) => void,
): Promise<void> {
  const times = new Map<string, { wallMs: number[]; peakMb: number }>();
  // Before the peers and after them, so that drift of the machine meets both.
  const ours = async () => {
    for (const { name, service } of services) {
      const own = times.get(name) ?? { wallMs: [], peakMb: 0 };
      times.set(name, own);
      resetHighest(service.pid);
      own.wallMs.push(...await askService(service, workload, prompts, options.reps));
      own.peakMb = Math.max(own.peakMb, highestTree(service.pid) / 1e6);
      options.tell(`${model.name} ${workload} ${name}: ${median(own.wallMs).toFixed(1)} ms`);
      // Found again, with more, after the peers: the last counts.
      found({ model: model.name, contender: name, workload, wallMs: [...own.wallMs], peakMb: own.peakMb });
    }
  };
  await ours();
  for (const contender of CONTENDERS) {
    const figures = await runPeer(model, workload, contender, lens, options);
    if (figures) found(figures);
  }
  await ours();
  for (const [name, { wallMs, peakMb }] of times) {
    found({ model: model.name, contender: name, workload, wallMs, peakMb });
  }
}

/** W4 is one batch: what its prompts begin with alike is computed once, as the peers do. */
async function askService(
  service: ServiceProcess,
  workload: PeerWorkload,
  prompts: readonly Workload[],
  reps: number,
): Promise<number[]> {
  const of = (name: PeerWorkload) => prompts.find((one) => one.name === name)!;
  const requests = workload === "W3"
    ? [tunedRequest(of("W2").prompts[0]!, ["mine"])]
    : probeRequests(of(workload) as Workload);
  const { prompt: _, ...question } = requests[0]!;
  const body = workload === "W4" ? { ...question, prompts: of("W4").prompts } : requests[0]!;
  const path = workload === "W4" ? "/probe/batch" : "/probe";
  const wallMs: number[] = [];
  // A second at least, as the peers do.
  for (let total = 0, rep = -1; rep < reps || (total < 1000 && rep < 50); rep++) {
    const began = performance.now();
    const { at } = await service.post(path, body);
    if (rep < 0) continue;
    wallMs.push(at - began);
    total += at - began;
  }
  return wallMs;
}

async function runPeer(
  model: BenchModel,
  workload: PeerWorkload,
  { peer, dtype, other }: Contender,
  lens: string | undefined,
  { peers, otherPeers, bf16, tell }: BesideOptions,
): Promise<BesideFigures | undefined> {
  const folder = dtype === "bf16" ? bf16 : model.folder;
  const runner = other ? otherPeers : peers;
  if (folder === undefined || runner === undefined || (workload === "W3" && WITHOUT_W3.includes(peer))) return;
  const named = { model: model.name, contender: `${peer} ${dtype}`, workload };
  const scratch = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    const run = await runner.run(peer, workload, folder, join(scratch, "answer.json"), {
      dtype,
      ...(workload === "W3" && lens ? { lens } : {}),
    });
    tell(`${model.name} ${workload} ${peer} ${dtype}: ${(1000 * run.median_s).toFixed(1)} ms`);
    const peakMb = (run.peak_work_mib ?? run.peak_mib) * 2 ** 20 / 1e6;
    return { ...named, wallMs: run.times_s.map((s) => 1000 * s), otherCores: run.other_cores, peakMb };
  } catch (error) {
    return { ...named, failed: error instanceof Error ? error.message : String(error) };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function fidelities(
  model: BenchModel,
  corpus: string,
  services: readonly { readonly name: string; readonly service: ServiceProcess }[],
  { peers, otherPeers, bf16, tell }: BesideOptions,
  found: (figures: BesideFigures) => void,
): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  const tellFound = (contender: string, fidelity: Fidelity) => {
    tell(`${model.name} ${contender}: mean KL ${fidelity.kl.toExponential(2)}, top-1 ${fidelity.top1}`);
    found({ model: model.name, contender, workload: "fidelity", fidelity });
  };
  try {
    const reference: Reference = await referenceLogits(peers, model, corpus, scratch);
    for (const { name, service } of services) tellFound(name, await serviceFidelity(peers, service, reference));
    for (const { peer, dtype, other } of CONTENDERS) {
      const folder = dtype === "bf16" ? bf16 : model.folder;
      const runner = other ? otherPeers : peers;
      if (folder === undefined || runner === undefined) continue;
      tellFound(`${peer} ${dtype}`, await peerFidelity(runner, { peer, dtype, folder }, reference));
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
