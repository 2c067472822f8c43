import { OtherCores, processTree } from "./machine.ts";
import type { ServiceProcess } from "./service_process.ts";
import { type ProbeAnswer, probeRequests, type Workload } from "./workloads.ts";

/** Repetitions of one workload in a row. Milliseconds; W4's are of its ten probes together. */
export interface ServiceRuns {
  readonly wallMs: readonly number[];
  /** As the engine times them: blocks of the model, and decoding. */
  readonly forwardMs: readonly number[];
  readonly lensMs: readonly number[];
  readonly otherCores: number;
}

/** A second of measurement at least, as the peers do, within this many repetitions. */
const FILL_MS = 1000;
const MOST = 50;

export interface Repetitions {
  readonly reps: number;
  readonly warmup: number;
  /** More repetitions follow until they have taken this long together. */
  readonly fillMs?: number;
}

export interface Answered {
  readonly runs: ServiceRuns;
  /** Of the first repetition. */
  readonly answers: ProbeAnswer[];
}

/** Asks a workload `warmup` + `reps` times. */
export function serviceRuns(service: ServiceProcess, workload: Workload, times: Repetitions): Promise<Answered> {
  return requestRuns(service, probeRequests(workload), times);
}

/** Asks these `warmup` + `reps` times, one probe after the other, over one kept connection. */
export async function requestRuns(
  service: ServiceProcess,
  requests: readonly unknown[],
  { reps, warmup, fillMs = FILL_MS }: Repetitions,
): Promise<Answered> {
  for (let i = 0; i < warmup; i++) await ask(service, requests);
  const others = new OtherCores(() => [Deno.pid, ...processTree(service.pid)]);
  const taken: Asked[] = [];
  let total = 0;
  while (taken.length < reps || (total < fillMs && taken.length < MOST)) {
    const asked = await ask(service, requests);
    total += asked.wallMs;
    taken.push(asked);
  }
  const sum = (name: "forward_ms" | "lens_ms") =>
    taken.map(({ answers }) => answers.reduce((ms, { timing }) => ms + timing[name], 0));
  return {
    runs: {
      wallMs: taken.map(({ wallMs }) => wallMs),
      forwardMs: sum("forward_ms"),
      lensMs: sum("lens_ms"),
      otherCores: others.cores,
    },
    answers: taken[0]!.answers,
  };
}

interface Asked {
  readonly wallMs: number;
  readonly answers: ProbeAnswer[];
}

/** Time of the client's reading of JSON is left out. */
async function ask(service: ServiceProcess, requests: readonly unknown[]): Promise<Asked> {
  const answers: ProbeAnswer[] = [];
  let wallMs = 0;
  for (const request of requests) {
    const began = performance.now();
    const { text, at } = await service.post("/probe", request);
    wallMs += at - began;
    answers.push(JSON.parse(text) as ProbeAnswer);
  }
  return { wallMs, answers };
}
