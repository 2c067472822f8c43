import type { JobStore } from "../lab/jobs/types.ts";
import type { EngineMemory } from "../model/engine/engine.ts";
import type { AppParts } from "./parts.ts";

type GaugeParts = Pick<AppParts, "admission" | "draining" | "engine" | "lenses" | "metrics"> & {
  readonly jobs?: Promise<Pick<JobStore, "counts">>;
};

const NO_ENGINE: EngineMemory = { rssBytes: 0, prefixCacheBytes: 0 };

/** The figures that are read from the parts when GET /metrics asks. A part that is away is no reason to say nothing of the others. */
export function serviceGauges({ admission, draining, engine, jobs, lenses, metrics }: GaugeParts): void {
  metrics.gauge("ready", () => Number(engine.state === "ready" && !draining()));
  metrics.gauge("queueWaiting", () => admission.waiting);
  metrics.gauge("queueOldest", () => admission.oldestWaitMs / 1000);
  metrics.gauge("running", () => admission.running);
  metrics.gauge("lensBytes", async () => {
    const entries = engine.state === "starting" ? [] : await lenses.then((library) => library.list(), () => []);
    return entries.reduce((bytes, { record }) => bytes + record.bytes, 0);
  });
  metrics.gauge("jobs", async () => await jobs?.then((store) => store.counts()).catch(() => ({})) ?? {});
  const memory = () => engine.memory().catch(() => NO_ENGINE);
  metrics.gauge("engineMemory", async () => (await memory()).rssBytes);
  metrics.gauge("prefixCache", async () => (await memory()).prefixCacheBytes);
  metrics.histograms("runSeconds", async () => (await memory()).runs ?? {});
  metrics.counted("engineRestarts", () => engine.restarts ?? 0);
}
