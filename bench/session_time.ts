import { InferenceSession } from "onnxruntime-node";
import { createExecutor } from "../model/engine/executor.ts";
import type { CellPlan, ProbePlan } from "../model/engine/engine.ts";
import { SITES } from "../lens/sites.ts";
import { median } from "./statistics.ts";
import { probeRequests, type Workload } from "./workloads.ts";

/** A workload in the engine alone, in this process. Milliseconds, medians. */
export interface SessionTime {
  /** Inside ONNX Runtime. */
  readonly sessionMs: number;
  /** Of the whole plan, the engine's own JavaScript with it. */
  readonly engineMs: number;
}

/** What of a workload's time is ONNX Runtime's, without a process or HTTP between. */
export async function sessionTime(folder: string, workload: Workload, reps: number): Promise<SessionTime> {
  const executor = await createExecutor({ model: folder, precision: "f32" });
  const clock = timedSessions();
  try {
    const plans = enginePlans(workload, executor.model.layers);
    const taken: { sessionMs: number; engineMs: number }[] = [];
    for (let rep = -1; rep < reps; rep++) {
      clock.reset();
      const began = performance.now();
      for (const plan of plans) for await (const _ of executor.probe(plan, new AbortController().signal));
      const engineMs = performance.now() - began;
      if (rep >= 0) taken.push({ sessionMs: clock.ms, engineMs });
    }
    return {
      sessionMs: median(taken.map(({ sessionMs }) => sessionMs)),
      engineMs: median(taken.map(({ engineMs }) => engineMs)),
    };
  } finally {
    clock[Symbol.dispose]();
    await executor.close();
  }
}

/** The plans that the service makes of a workload's requests. */
function enginePlans(workload: Workload, layers: number): ProbePlan[] {
  return probeRequests(workload).map((request, at) => {
    const ids = workload.prompts[at]!;
    const cells: CellPlan[] = [];
    for (let layer = 0; layer < layers; layer++) {
      for (const site of SITES) if ((request["sites"] as string[]).includes(site)) cells.push({ site, layer });
    }
    return {
      ids,
      positions: request["positions"] === "all" ? [...ids.keys()] : [ids.length - 1],
      cells,
      norm: "own",
      topK: request["top_k"] as number,
      tracked: [],
      statistics: request["statistics"] as ProbePlan["statistics"],
    };
  });
}

/** Adds up the time of every session's runs until it is disposed of. */
function timedSessions(): Disposable & { readonly ms: number; reset(): void } {
  const prototype = (InferenceSession as unknown as { readonly prototype: InferenceSession }).prototype;
  const run = prototype.run;
  let ms = 0;
  prototype.run = async function (this: InferenceSession, ...args: unknown[]) {
    const began = performance.now();
    try {
      return await (run as (...args: unknown[]) => ReturnType<InferenceSession["run"]>).apply(this, args);
    } finally {
      ms += performance.now() - began;
    }
  } as typeof run;
  return {
    get ms() {
      return ms;
    },
    reset() {
      ms = 0;
    },
    [Symbol.dispose]() {
      prototype.run = run;
    },
  };
}
