import { withService } from "./service_process.ts";
import { serviceRuns } from "./service_runs.ts";
import { sessionTime } from "./session_time.ts";
import { vocabulary } from "./speed.ts";
import { median } from "./statistics.ts";
import { generatedWorkloads } from "./workloads.ts";

/** Where the time of a workload goes, over HTTP. Milliseconds, medians. */
export interface OverheadFigures {
  readonly workload: string;
  readonly wallMs: number;
  /** In the engine's `forward` and `lens` of Server-Timing. */
  readonly engineMs: number;
  /** Inside ONNX Runtime, measured with the engine alone in this process. */
  readonly sessionMs: number;
  /** 1 − engineMs / wallMs: the pipe to the engine, planning, JSON, HTTP. */
  readonly outsideEngine: number;
  /** 1 − sessionMs / wallMs. */
  readonly outsideSession: number;
}

/** Measures what HTTP and JSON cost on a model. */
export async function overhead(folder: string, reps: number): Promise<OverheadFigures[]> {
  const measured = await withService(folder, async (service) => {
    const figures = [];
    for (const workload of generatedWorkloads(await vocabulary(service))) {
      const { runs } = await serviceRuns(service, workload, { reps: Math.max(reps, 20), warmup: 5 });
      figures.push({ workload, runs });
    }
    return figures;
  });
  const figures: OverheadFigures[] = [];
  for (const { workload, runs } of measured) {
    const { sessionMs } = await sessionTime(folder, workload, Math.max(reps, 20));
    const wallMs = median(runs.wallMs);
    const engineMs = median(runs.forwardMs.map((ms, i) => ms + runs.lensMs[i]!));
    figures.push({
      workload: workload.name,
      wallMs,
      engineMs,
      sessionMs,
      outsideEngine: 1 - engineMs / wallMs,
      outsideSession: 1 - sessionMs / wallMs,
    });
  }
  return figures;
}
