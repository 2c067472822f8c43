import type { Precision } from "../model/engine/precision.ts";
import { withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import { residentTree } from "./process_memory.ts";
import { startServiceProcess, untilReady } from "./service_process.ts";
import { requestRuns } from "./service_runs.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";
import { lcgIds } from "./workloads.ts";

/** A tuned lens in front of all blocks' inputs, beside the logit lens of the same states, in turn. Milliseconds, medians. */
export interface LensCostFigures {
  readonly model: string;
  readonly precision: Precision;
  /** Translators kept in memory, at most. */
  readonly lensMemory: string;
  readonly tokens: number;
  readonly positions: "last" | "all";
  readonly logitMs: number;
  readonly tunedMs: number;
  /** Resident bytes that came with the lens, 10⁶. */
  readonly addedMb: number;
}

/** Translators read again from their file for every probe, or kept. */
const LENS_MEMORY = ["512MiB", "2304MiB"];
const QUESTIONS = [{ tokens: 16, positions: "last" }, { tokens: 128, positions: "all" }] as const;

export interface LensCostOptions {
  readonly precision: Precision;
  readonly data: string | undefined;
  /** params.pt or its folder. */
  readonly lens: string;
  readonly reps: number;
}

export function lensCost(model: BenchModel, options: LensCostOptions): Promise<LensCostFigures[]> {
  const { precision, lens, reps } = options;
  return withData(options.data, async (data) => {
    const figures: LensCostFigures[] = [];
    for (const lensMemory of LENS_MEMORY) {
      const flags = ["--precision", precision, "--lens", `mine=${lens}`, "--lens-memory", lensMemory];
      await using service = await startServiceProcess(model.folder, data, flags);
      await untilReady(service, 1800);
      const { vocabulary } = await (await fetch(`${service.url}/model`)).json();
      for (const { tokens, positions } of QUESTIONS) {
        const ask = async (id: string, count: number) => {
          const statistics = positions === "all" ? ["entropy", "kl_output_lens"] : [];
          const question = { lenses: [id], sites: ["resid_pre"], positions, top_k: 10, statistics, cache: false };
          const body = { prompt: lcgIds(tokens, vocabulary), ...question };
          return (await requestRuns(service, [body], { reps: count, warmup: 0, fillMs: 0 })).runs.wallMs;
        };
        await ask("logit", 1);
        const before = residentTree(service.pid);
        await ask("mine", 1);
        const addedMb = (residentTree(service.pid) - before) / 1e6;
        const [logit, mine]: [number[], number[]] = [[], []];
        for (let rep = 0; rep < reps; rep++) {
          logit.push(...await ask("logit", 1));
          mine.push(...await ask("mine", 1));
        }
        const [logitMs, tunedMs] = [median(logit), median(mine)];
        figures.push({ model: model.name, precision, lensMemory, tokens, positions, logitMs, tunedMs, addedMb });
      }
    }
    return figures;
  });
}

export function lensCostReport(figures: readonly LensCostFigures[]): string {
  return table(
    ["tuned lens in front", "--lens-memory", "tokens, positions", "logit ms", "tuned ms", "added ms", "added MB"],
    figures.map(({ model, precision, lensMemory, tokens, positions, logitMs, tunedMs, addedMb }) => [
      `${model} ${precision}`,
      lensMemory,
      `${tokens}, ${positions}`,
      ...[logitMs, tunedMs, tunedMs - logitMs, addedMb].map((value) => value.toFixed(0)),
    ]),
  );
}
