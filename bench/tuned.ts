import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { undisturbed } from "./machine.ts";
import { type BenchModel, DEMO } from "./options.ts";
import { type Peers, PEERS_OF_W3 } from "./peer_runs.ts";
import { type ServiceProcess, withService } from "./service_process.ts";
import { requestRuns, type ServiceRuns } from "./service_runs.ts";
import type { Shapes } from "./shapes.ts";
import { type Beside, vocabulary } from "./speed.ts";
import { median } from "./statistics.ts";
import { tunedDump, tunedRequest } from "./tuned_workload.ts";
import { generatedWorkloads } from "./workloads.ts";

/** Every probe computes its forward pass, as every run of a peer does. */
const NOTHING_REMEMBERED = ["--prefix-cache", "0"];
/** Two things are compared by single runs in turn, this many for each repetition, so that drift meets both. */
const TURNS = 4;
const ONCE = { reps: 1, warmup: 0, fillMs: 0 };
const DEMO_LENSES = fileURLToPath(new URL("../demo/lenses", import.meta.url));

/** W3 beside the peers. */
export interface TunedFigures {
  readonly model: string;
  readonly rows: number;
  readonly service: readonly ServiceRuns[];
  readonly beside: readonly Beside[];
  readonly failed: readonly string[];
  readonly translator: TranslatorCost;
}

/** The same cells through the tuned lens and the logit lens, in turn. Milliseconds of decoding; the best count. */
export interface TranslatorCost {
  readonly tunedMs: number;
  readonly logitMs: number;
  /** tunedMs / logitMs − 1: what the translator adds to the head. */
  readonly added: number;
  /** 1 − logitMs / tunedMs: the translator's share of the time. */
  readonly share: number;
  /** d / (d + vocabulary): its share of the arithmetic. */
  readonly arithmetic: number;
}

/** Logit, tuned and Jacobian lens of the demo in one probe, and in three, in turn. Milliseconds; the best count. */
export interface CombinedFigures {
  readonly oneMs: number;
  readonly threeMs: number;
  /** oneMs / threeMs. */
  readonly ratio: number;
}

export interface TunedOptions {
  readonly reps: number;
  readonly waitIdle: number;
  readonly peers: Peers;
  readonly shapes: Shapes;
  readonly tell: (line: string) => void;
}

export async function tuned(model: BenchModel, options: TunedOptions): Promise<TunedFigures> {
  const lens = await options.shapes.lens(model);
  const prompts = await options.peers.prompts(model.folder);
  const prompt = prompts.find(({ name }) => name === "W2")!.prompts[0]!;
  const flags = [...NOTHING_REMEMBERED, "--lens", `mine=${lens}`];
  return await withService(model.folder, async (service) => {
    const beside = await besidePeers(service, model, { lens, prompt, options });
    return { model: model.name, ...beside, translator: await translatorCost(service, prompt, options.reps) };
  }, flags);
}

interface Question {
  readonly lens: string;
  readonly prompt: readonly number[];
  readonly options: TunedOptions;
}

async function besidePeers(
  service: ServiceProcess,
  { folder, name }: BenchModel,
  { lens, prompt, options: { peers, reps, waitIdle, tell } }: Question,
): Promise<Omit<TunedFigures, "model" | "translator">> {
  const scratch = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    const block = () =>
      undisturbed(
        waitIdle,
        () => requestRuns(service, [tunedRequest(prompt, ["mine"])], { reps, warmup: 1 }),
        ({ runs }) => runs.otherCores,
      );
    const first = await block();
    const [ours, theirs] = [join(scratch, "service.json"), join(scratch, "peer.json")];
    await Deno.writeTextFile(ours, JSON.stringify(tunedDump(first.answers[0]!)));
    const [blocks, beside, failed] = [[first.runs], [] as Beside[], [] as string[]];
    for (const peer of PEERS_OF_W3) {
      try {
        const run = await peers.run(peer, "W3", folder, theirs, { lens });
        const agreement = await peers.compare(theirs, ours);
        blocks.push((await block()).runs);
        const serviceMs = median(blocks.slice(-2).flatMap(({ wallMs }) => wallMs));
        const peerMs = run.median_s * 1000;
        beside.push({ peer, peerMs, serviceMs, ratio: serviceMs / peerMs, run, agreement });
        tell(`${name} W3 ${peer} ${peerMs.toFixed(1)} ms, service ${serviceMs.toFixed(1)} ms`);
      } catch (error) {
        failed.push(`${peer}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return { rows: first.answers[0]!.usage.rows, service: blocks, beside, failed };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function translatorCost(
  service: ServiceProcess,
  prompt: readonly number[],
  reps: number,
): Promise<TranslatorCost> {
  const ms: Record<"mine" | "logit", number[]> = { mine: [], logit: [] };
  for (let rep = -1; rep < TURNS * reps; rep++) {
    for (const lens of ["mine", "logit"] as const) {
      const { runs } = await requestRuns(service, [tunedRequest(prompt, [lens])], ONCE);
      if (rep >= 0) ms[lens].push(...runs.lensMs);
    }
  }
  const { d_model: width, vocabulary } = await (await fetch(`${service.url}/model`)).json();
  const [tunedMs, logitMs] = [Math.min(...ms.mine), Math.min(...ms.logit)];
  return {
    tunedMs,
    logitMs,
    added: tunedMs / logitMs - 1,
    share: 1 - logitMs / tunedMs,
    arithmetic: width / (width + vocabulary),
  };
}

export function combined(reps: number): Promise<CombinedFigures> {
  const flags = ["--lens", `t=${join(DEMO_LENSES, "tuned")}`, "--lens", `j=${join(DEMO_LENSES, "jacobian.pt")}`];
  return withService(DEMO.folder, async (service) => {
    const prompt = generatedWorkloads(await vocabulary(service))[1]!.prompts[0]!;
    const lenses = ["logit", "t", "j"];
    const ask = (ids: readonly string[]) => ({ ...tunedRequest(prompt, ids), sites: ["resid_post"] });
    const [one, three]: [number[], number[]] = [[], []];
    for (let rep = -1; rep < TURNS * reps; rep++) {
      const together = await requestRuns(service, [ask(lenses)], ONCE);
      const apart = await requestRuns(service, lenses.map((id) => ask([id])), ONCE);
      if (rep < 0) continue;
      one.push(...together.runs.wallMs);
      three.push(...apart.runs.wallMs);
    }
    const [oneMs, threeMs] = [Math.min(...one), Math.min(...three)];
    return { oneMs, threeMs, ratio: oneMs / threeMs };
  }, [...NOTHING_REMEMBERED, ...flags]);
}
