import { join } from "node:path";
import { undisturbed } from "./machine.ts";
import type { BenchModel } from "./options.ts";
import { type Agreement, type PeerRun, Peers, PEERS_OF } from "./peer_runs.ts";
import { type ServiceProcess, withService } from "./service_process.ts";
import { type ServiceRuns, serviceRuns } from "./service_runs.ts";
import { median } from "./statistics.ts";
import { generatedWorkloads, peerDump, type Workload } from "./workloads.ts";

/** The service beside one peer. */
export interface Beside {
  readonly peer: string;
  readonly peerMs: number;
  /** Of the repetitions right before and right after the peer's. */
  readonly serviceMs: number;
  /** serviceMs / peerMs: below 1 the service is faster. */
  readonly ratio: number;
  /** The service's answer against the peer's; a peer without a lens has none. */
  readonly agreement?: Agreement;
  readonly run: PeerRun;
}

export interface SpeedFigures {
  readonly model: string;
  readonly workload: string;
  readonly rows: number;
  /** Between the peers: one block more than there are peers. */
  readonly service: readonly ServiceRuns[];
  readonly beside: readonly Beside[];
  readonly failed: readonly string[];
}

export interface SpeedOptions {
  readonly reps: number;
  readonly waitIdle: number;
  readonly peers: Peers | undefined;
  readonly tell: (line: string) => void;
  /** Handed the figures of each workload as soon as they are whole. */
  readonly found: (figures: SpeedFigures) => void;
}

/** W1, W2 and W4 of one model: the service, a peer, the service again, so that drift of the machine meets both. */
export async function speed(model: BenchModel, options: SpeedOptions): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    await withService(model.folder, async (service) => {
      const workloads = await options.peers?.prompts(model.folder) ?? generatedWorkloads(await vocabulary(service));
      for (const workload of workloads) {
        options.tell(`${model.name} ${workload.name}`);
        options.found(await oneWorkload(service, model, workload, scratch, options));
      }
    });
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function oneWorkload(
  service: ServiceProcess,
  model: BenchModel,
  workload: Workload,
  scratch: string,
  options: SpeedOptions,
): Promise<SpeedFigures> {
  const block = () =>
    undisturbed(
      options.waitIdle,
      () => serviceRuns(service, workload, { reps: options.reps, warmup: 1 }),
      ({ runs }) => runs.otherCores,
    );
  const first = await block();
  const dump = join(scratch, "service.json");
  await Deno.writeTextFile(dump, JSON.stringify(peerDump(workload.name, first.answers)));
  const blocks = [first.runs];
  const beside: Beside[] = [];
  const failed: string[] = [];
  for (const peer of options.peers ? PEERS_OF[workload.name] : []) {
    try {
      const theirs = join(scratch, `${peer}.json`);
      await Deno.remove(theirs).catch(() => {});
      const run = await options.peers!.run(peer, workload.name, model.folder, theirs);
      const agreement = await exists(theirs) ? await options.peers!.compare(theirs, dump) : undefined;
      blocks.push((await block()).runs);
      const serviceMs = median(blocks.slice(-2).flatMap(({ wallMs }) => wallMs));
      const peerMs = run.median_s * 1000;
      beside.push({ peer, peerMs, serviceMs, ratio: serviceMs / peerMs, run, ...(agreement ? { agreement } : {}) });
      options.tell(`  ${peer} ${peerMs.toFixed(1)} ms, service ${serviceMs.toFixed(1)} ms`);
    } catch (error) {
      failed.push(`${peer}: ${error instanceof Error ? error.message : error}`);
      options.tell(`  skipped ${failed.at(-1)}`);
    }
  }
  const rows = first.answers.reduce((sum, { usage }) => sum + usage.rows, 0);
  return { model: model.name, workload: workload.name, rows, service: blocks, beside, failed };
}

export async function vocabulary(service: ServiceProcess): Promise<number> {
  const response = await fetch(`${service.url}/model`);
  return (await response.json() as { vocabulary: number }).vocabulary;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
