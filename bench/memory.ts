import { raisedDemo, variedIds } from "../tests/service/raised_demo.ts";
import { processTree } from "./machine.ts";
import type { BenchModel } from "./options.ts";
import { highest, proportional, resident } from "./process_memory.ts";
import { type ServiceProcess, withService } from "./service_process.ts";
import { generatedWorkloads, probeRequests } from "./workloads.ts";

const MB = 1e6;

/** Of both processes, in 10⁶ bytes. */
export interface LoadedFigures {
  readonly model: string;
  /** Float32 bytes of the parameters. */
  readonly modelMb: number;
  readonly residentMb: number;
  /** Pages that several processes share counted once. */
  readonly proportionalMb: number;
  /** residentMb / modelMb. */
  readonly multiple: number;
  /** After W1 and W2 were answered once. */
  readonly workedMb: number;
}

/** A stream of all layers and positions, top 10, in 10⁶ bytes. */
export interface StreamFigures {
  readonly tokens: number;
  readonly idleMb: number;
  /** Both processes' highest marks added up, minus idleMb. */
  readonly peakAboveIdleMb: number;
  readonly engineAboveIdleMb: number;
  readonly seconds: number;
  readonly streamedMb: number;
}

/** Whether the system tells what is measured here. */
export const canMeasureMemory = Deno.build.os === "linux";

/** Resident memory after loading, before any work. */
export function loaded(model: BenchModel): Promise<LoadedFigures> {
  return withService(model.folder, async (service) => {
    const info = await (await fetch(`${service.url}/model`)).json() as { parameters: number; vocabulary: number };
    const modelMb = info.parameters * Float32Array.BYTES_PER_ELEMENT / MB;
    const residentMb = total(service, resident) / MB;
    const proportionalMb = total(service, proportional) / MB;
    for (const workload of generatedWorkloads(info.vocabulary).slice(0, 2)) {
      for (const request of probeRequests(workload)) await service.post("/probe", request);
    }
    const workedMb = total(service, resident) / MB;
    return { model: model.name, modelMb, residentMb, proportionalMb, multiple: residentMb / modelMb, workedMb };
  });
}

/** Peaks of streams of these lengths on the demo's weights, each in a service of its own. */
export async function streams(lengths: readonly number[]): Promise<StreamFigures[]> {
  await using demo = await raisedDemo();
  const figures: StreamFigures[] = [];
  for (const tokens of lengths) figures.push(await withService(demo.folder, (service) => stream(service, tokens)));
  return figures;
}

async function stream(service: ServiceProcess, tokens: number): Promise<StreamFigures> {
  // An idle service has answered before.
  await service.post("/probe", { prompt: variedIds(16) });
  const [idle, engineIdle] = [total(service, resident), engine(service, resident)];
  for (const pid of processTree(service.pid)) Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  const began = performance.now();
  const response = await fetch(`${service.url}/probe/stream`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: variedIds(tokens), positions: "all", top_k: 10 }),
  });
  let streamed = 0;
  let end: Uint8Array = new Uint8Array();
  for await (const bytes of response.body!) {
    streamed += bytes.length;
    end = bytes;
  }
  if (!new TextDecoder().decode(end).includes('"type":"end"')) throw new Error("the stream was cut");
  return {
    tokens,
    idleMb: idle / MB,
    peakAboveIdleMb: (total(service, highest) - idle) / MB,
    engineAboveIdleMb: (engine(service, highest) - engineIdle) / MB,
    seconds: (performance.now() - began) / 1000,
    streamedMb: streamed / MB,
  };
}

function total(service: ServiceProcess, bytes: (pid: number) => number): number {
  return processTree(service.pid).reduce((sum, pid) => sum + bytes(pid), 0);
}

function engine(service: ServiceProcess, bytes: (pid: number) => number): number {
  return total(service, bytes) - bytes(service.pid);
}
