import { withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import type { Precision } from "../model/engine/precision.ts";
import { type ServiceProcess, startServiceProcess, untilReady } from "./service_process.ts";
import { requestRuns } from "./service_runs.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";
import { lcgIds, OWN_TOKENS, probeRequests } from "./workloads.ts";

/** Ten prompts with a common beginning. Milliseconds of all ten, medians. */
export interface PrefixFigures {
  readonly model: string;
  readonly precision: Precision;
  readonly shared: number;
  readonly rows: number;
  /** One probe after the other, with "cache": false. */
  readonly uncachedMs: number;
  /** One probe after the other: the first computes the beginning, nine find it. */
  readonly cachedMs: number;
  /** uncachedMs / cachedMs. */
  readonly ratio: number;
  /** All ten in one batch, of which nothing is known: it computes the beginning once. */
  readonly batchMs: number;
  /** uncachedMs / batchMs. */
  readonly batchRatio: number;
  /** The same of the operations. */
  readonly arithmetic: number;
}

export interface PrefixOptions {
  readonly precision: Precision;
  readonly data: string | undefined;
  readonly reps: number;
}

const SHARED = [100, 1000];

export function prefix(model: BenchModel, { precision, data, reps }: PrefixOptions): Promise<PrefixFigures[]> {
  return withData(data, async (folder) => {
    await using service = await startServiceProcess(model.folder, folder, ["--precision", precision]);
    await untilReady(service, 1800);
    const shape = await shapeOf(model.folder);
    const figures: PrefixFigures[] = [];
    for (const shared of SHARED) {
      const measured = await tenPrompts(service, shared, shape.vocabulary, reps);
      const arithmetic = operations(shape, shared, measured.rows, false) /
        operations(shape, shared, measured.rows, true);
      figures.push({ model: model.name, precision, shared, ...measured, arithmetic });
    }
    return figures;
  });
}

async function tenPrompts(service: ServiceProcess, shared: number, vocabulary: number, reps: number) {
  const [uncached, cached, together]: [number[], number[], number[]] = [[], [], []];
  let rows = 0;
  for (let rep = -1; rep < reps; rep++) {
    // Another beginning each time: nothing of it is known yet.
    const ids = lcgIds(shared + 200, vocabulary, 1000 + shared + rep);
    const prompts = OWN_TOKENS.map((count, k) => {
      const at = shared + 9 * k;
      return [...ids.slice(0, shared), ...ids.slice(at, at + count)];
    });
    const requests = probeRequests({ name: "W4", prompts });
    const once = { reps: 1, warmup: 0, fillMs: 0 };
    const without = await requestRuns(service, requests, once);
    const { runs, answers } = await requestRuns(service, requests.map((it) => ({ ...it, cache: true })), once);
    const [{ prompt: _, ...asked }] = requests as [Record<string, unknown>];
    const began = performance.now();
    const batch = await service.post("/probe/batch", { ...asked, prompts });
    rows = answers.reduce((sum, { usage }) => sum + usage.rows, 0);
    if (rep < 0) continue;
    uncached.push(...without.runs.wallMs);
    cached.push(...runs.wallMs);
    together.push(batch.at - began);
  }
  const [uncachedMs, cachedMs, batchMs] = [median(uncached), median(cached), median(together)];
  return { rows, uncachedMs, cachedMs, ratio: uncachedMs / cachedMs, batchMs, batchRatio: uncachedMs / batchMs };
}

interface Shape {
  readonly layers: number;
  readonly dModel: number;
  readonly vocabulary: number;
  /** Multiply-adds of a token in a block, without its scores. */
  readonly block: number;
  /** heads · head_dim */
  readonly width: number;
}

async function shapeOf(folder: string): Promise<Shape> {
  const config = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
  const { hidden_size: dModel, num_attention_heads: heads, intermediate_size: ffn, num_hidden_layers: layers } = config;
  const headDim = config.head_dim ?? dModel / heads;
  const attention = dModel * headDim * 2 * (heads + (config.num_key_value_heads ?? heads));
  const block = attention + 3 * dModel * ffn;
  return { layers, dModel, vocabulary: config.vocab_size, block, width: heads * headDim };
}

/** As the peers count: 2 a multiply-add, causal attention. */
function operations(shape: Shape, shared: number, rows: number, known: boolean): number {
  let forward = 0;
  for (const [index, own] of OWN_TOKENS.entries()) {
    const past = known && index > 0 ? shared : 0;
    for (let at = past; at < shared + own; at++) forward += 2 * shape.block + 4 * shape.width * (at + 1);
  }
  return shape.layers * forward + 2 * rows * shape.dModel * shape.vocabulary;
}

export function prefixReport(figures: readonly PrefixFigures[]): string {
  return table(
    ["ten prompts", "shared tokens", "uncached ms", "cached ms", "ratio", "one batch ms", "ratio", "of the arithmetic"],
    figures.map(({ model, precision, shared, uncachedMs, cachedMs, ratio, batchMs, batchRatio, arithmetic }) => [
      `${model} ${precision}`,
      `${shared}`,
      uncachedMs.toFixed(0),
      cachedMs.toFixed(0),
      `${ratio.toFixed(2)} (${(ratio / arithmetic).toFixed(2)} of the arithmetic's)`,
      batchMs.toFixed(0),
      `${batchRatio.toFixed(2)} (${(batchRatio / arithmetic).toFixed(2)})`,
      arithmetic.toFixed(2),
    ]),
  );
}
