import { float64Cell } from "../../lens/algebra_float64.ts";
import { statistic } from "../../lens/statistics.ts";
import type {
  ActivationsPlan,
  BatchEvent,
  DecodedRows,
  Engine,
  EngineState,
  ModelDescription,
  ProbeEvent,
  ProbePlan,
  StatePlan,
} from "../../model/engine/engine.ts";

export const DESCRIPTION: ModelDescription = {
  id: "memory",
  digest: `sha256:${"0".repeat(64)}`,
  architecture: "LlamaForCausalLM",
  family: "llama",
  layers: 4,
  dModel: 8,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  vocabulary: 48,
  context: 64,
  precision: "f32",
  sourceDtype: "F32",
  parameters: 12_345,
  blocksPerStage: 4,
};

export interface MemoryEngineOptions {
  readonly state?: EngineState;
  readonly description?: ModelDescription;
  /** Awaited before each position, and before the first bytes of activations; may throw. */
  readonly beforePosition?: (position: number, signal: AbortSignal) => void | Promise<void>;
}

/** An engine without a model: its logits are a fixed function of the prompt, and the read-out of them is exact. */
export function memoryEngine(options: MemoryEngineOptions = {}): Engine {
  const { state = "ready", description = DESCRIPTION, beforePosition } = options;
  const engine: Engine = {
    state,
    detail: state === "ready" ? "" : "the model is being loaded",
    loaded: state === "ready" || state === "restarting" ? Promise.resolve(description) : new Promise(() => {}),
    async *probe(plan, signal): AsyncGenerator<ProbeEvent, void> {
      const { rows, rowOfCell } = rowsOf(plan, description.layers);
      yield { type: "start", rowOfCell, rowsPerPosition: rows.length };
      for (const position of plan.positions) {
        signal.throwIfAborted();
        await beforePosition?.(position, signal);
        yield { type: "position", position, rows: decode(plan, position, rows, description.vocabulary) };
      }
      yield {
        type: "end",
        timing: { waitMs: 0, forwardMs: 1.5, lensMs: 0.25 },
        rows: plan.positions.length * rows.length,
        cachedTokens: 0,
      };
    },
    async *activations(plan, signal): AsyncGenerator<Uint8Array, void> {
      for (const layer of plan.layers) {
        for (const site of plan.sites) {
          signal.throwIfAborted();
          await beforePosition?.(layer, signal);
          yield tensor(plan, description.dModel, `${site}.${layer}`.length + layer);
        }
      }
      if (plan.logits) yield tensor(plan, description.vocabulary, 7);
    },
    async *probeBatch({ prompts, ...plan }, signal): AsyncGenerator<BatchEvent, void> {
      const { rows, rowOfCell } = rowsOf({ ...plan, ...prompts[0]! }, description.layers);
      yield { type: "start", rowOfCell, rowsPerPosition: rows.length };
      for (const [prompt, asked] of prompts.entries()) {
        for await (const event of engine.probe({ ...plan, ...asked }, signal)) {
          if (event.type === "position") yield { ...event, prompt };
          if (event.type === "end") yield { ...event, type: "prompt", prompt };
        }
      }
      yield { type: "end", timing: { waitMs: 0, forwardMs: 1.5, lensMs: 0.25 } };
    },
    memory: () => Promise.resolve({ rssBytes: 1000, prefixCacheBytes: 10 }),
    close: () => Promise.resolve(),
  };
  return engine;
}

/** A row of a position, and the row it is compared with. */
interface Row {
  readonly state: StatePlan;
  readonly against: number | null;
}

/** Row 0 is the output, which is also the last block's; a block's input is the output of the block before. */
function rowsOf(plan: ProbePlan, layers: number): { rows: Row[]; rowOfCell: number[] } {
  const rows: Row[] = [];
  const rowOf = ({ site, layer, translator }: StatePlan, against: number | null): number => {
    const same = site === "resid_pre" && layer > 0
      ? { site: "resid_post" as const, layer: layer - 1 }
      : { site, layer };
    const state: StatePlan = translator === undefined ? same : { ...same, translator };
    const key = JSON.stringify([state, against]);
    const known = rows.findIndex((row) => JSON.stringify([row.state, row.against]) === key);
    return known >= 0 ? known : rows.push({ state, against }) - 1;
  };
  rowOf({ site: "resid_post", layer: layers - 1 }, null);
  const rowOfCell = plan.cells.map((cell) => rowOf(cell, cell.against ? rowOf(cell.against, null) : null));
  return { rows, rowOfCell };
}

/** Logits of one row, float32: a scramble of the tokens up to the position, the site, the layer and the translator. */
export function logitsOf(ids: readonly number[], position: number, cell: StatePlan, vocabulary: number): Float64Array {
  const seed = ids.slice(0, position + 1).reduce(
    (sum, id) => (sum * 31 + id + 1) % 65_521,
    cell.layer * 7 + cell.site.length + ((cell.translator ?? -1) + 1) * 101,
  );
  return Float64Array.from(
    { length: vocabulary },
    (_, id) => Math.fround(8 * Math.sin(seed * 12.9898 + id * 78.233) + (cell.layer / 2) * Math.cos(id)),
  );
}

function decode(plan: ProbePlan, position: number, rows: readonly Row[], vocabulary: number): DecodedRows {
  const logits = rows.map(({ state }) => logitsOf(plan.ids, position, state, vocabulary));
  const next = plan.ids[position + 1];
  const read = rows.map(({ against }, row) =>
    float64Cell(logits[row]!, logits[0]!, next, against === null ? undefined : logits[against])
  );
  const tops = logits.map((row) => [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, plan.topK));
  const value = (name: ProbePlan["statistics"][number], row: number) => {
    const { needsNextToken, needsAgainst, formula } = statistic(name);
    const missing = (needsNextToken && next === undefined) || (needsAgainst && rows[row]!.against === null);
    return missing ? NaN : formula(read[row]!);
  };
  return {
    count: rows.length,
    topIds: Int32Array.from(tops.flat()),
    topLogits: Float32Array.from(tops.flatMap((ids, row) => ids.map((id) => logits[row]![id]!))),
    logSumExp: Float32Array.from(read.map(({ lens }) => lens.logSumExp)),
    entropy: Float32Array.from(read.map((cell) => statistic("entropy").formula(cell))),
    trackedLogits: Float32Array.from(logits.flatMap((row) => plan.tracked.map((id) => row[id]!))),
    trackedRanks: Int32Array.from(read.flatMap(({ lens }) => plan.tracked.map((id) => lens.rank(id)))),
    statistics: plan.statistics.map((name) => Float32Array.from(read.map((_, row) => value(name, row)))),
  };
}

/** [positions, width], position + column / 100 + `offset`. */
function tensor({ positions, dtype }: ActivationsPlan, width: number, offset: number): Uint8Array {
  const values = positions.flatMap((position) =>
    Array.from({ length: width }, (_, at) => position + at / 100 + offset)
  );
  return new Uint8Array((dtype === "float32" ? Float32Array.from(values) : Float16Array.from(values)).buffer);
}
