import { waitIdle } from "./machine.ts";
import type { BenchModel } from "./options.ts";
import type { PeerColdRun, Peers } from "./peer_runs.ts";
import { type ServiceProcess, startServiceProcess } from "./service_process.ts";
import { generatedWorkloads, probeRequests } from "./workloads.ts";

/** W5: seconds from the start of the process until the answer to W1 is there. */
export interface ColdFigures {
  readonly model: string;
  /** The very first start, which also takes the checkpoint's digest. */
  readonly firstEver: ServiceStart;
  readonly later: readonly ServiceStart[];
  readonly seed: readonly PeerColdRun[];
}

export interface ServiceStart {
  readonly wallS: number;
  readonly listeningS: number;
}

export interface ColdOptions {
  readonly reps: number;
  readonly waitIdle: number;
  readonly peers: Peers | undefined;
}

/** The least vocabulary a model may have for the ids of W1: ids in its range mean no difference in work. */
const SMALL_VOCABULARY = 256;
const POLL_MS = 10;

/** Starts of the service and of the seed's flow in turn; the files of the model are in the page cache for both. */
export async function cold(model: BenchModel, { reps, peers, waitIdle: idle }: ColdOptions): Promise<ColdFigures> {
  const data = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    await waitIdle(idle);
    const firstEver = await start(model.folder, data);
    const [later, seed]: [ServiceStart[], PeerColdRun[]] = [[], []];
    for (let rep = 0; rep < reps; rep++) {
      await waitIdle(idle);
      later.push(await start(model.folder, data));
      if (peers) seed.push(await peers.cold("seed", model.folder));
    }
    return { model: model.name, firstEver, later, seed };
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

async function start(folder: string, data: string): Promise<ServiceStart> {
  const began = performance.now();
  await using service = await startServiceProcess(folder, data);
  const answered = await firstAnswer(service);
  return { wallS: (answered - began) / 1000, listeningS: service.listeningMs / 1000 };
}

/** When the first answer was there: the service answers 503 until the model is loaded. */
async function firstAnswer(service: ServiceProcess): Promise<number> {
  const [w1] = generatedWorkloads(SMALL_VOCABULARY);
  const body = JSON.stringify(probeRequests(w1!)[0]);
  const headers = { "content-type": "application/json" };
  while (true) {
    const response = await fetch(`${service.url}/probe`, { method: "POST", headers, body });
    const text = await response.text();
    if (response.status === 200) return performance.now();
    if (response.status !== 503) throw new Error(`the first probe was answered ${response.status}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
