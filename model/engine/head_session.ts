import { type InferenceSession, Tensor } from "onnxruntime-node";
import { statistic, type StatisticName, STATISTICS } from "../../lens/statistics.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import { headGraph, statisticOutput } from "../graph/head.ts";
import type { DecodedRows, NormMode } from "./engine.ts";
import { createSession } from "./session.ts";

/** Bytes that comparing tracked tokens with every logit may take in a run: two a row, tracked token and logit. */
const MAX_TRACKING_BYTES = 128 * 1024 * 1024;

const ENTROPY = statisticOutput("entropy");

/** States to decode: P positions × N rows each. */
export interface HeadRequest {
  /** [P, N, d_model] float32 states, not normed; row 0 of each position is the model's last state there. */
  readonly rows: Float32Array;
  readonly positions: number;
  readonly rowsPerPosition: number;
  readonly norm: NormMode;
  /** 0…vocabulary. */
  readonly topK: number;
  /** Token ids. */
  readonly tracked: readonly number[];
  /** The token after each position; null: none. */
  readonly nextIds: readonly (number | null)[];
  readonly statistics: readonly StatisticName[];
  /** For each row of a position the one it is compared with; null: none. Left out: no row is. */
  readonly against?: readonly (number | null)[];
}

/** The head's graph in a session: the only one that holds lm_head. */
export class HeadSession {
  private constructor(readonly session: InferenceSession, readonly config: ModelConfig) {}

  static async create(checkpoint: Checkpoint, options: { readonly threads: number }): Promise<HeadSession> {
    const graph = headGraph(checkpoint.config, checkpoint.tensors, checkpoint.matrices);
    return new HeadSession(await createSession(graph, checkpoint, options), checkpoint.config);
  }

  /** Most rows of a run that follows `tracked` tokens: 2 at least, one beside the output row. */
  rowsPerRun(tracked: number): number {
    const bytesPerRow = 2 * this.config.vocabulary * tracked;
    return bytesPerRow === 0 ? Infinity : Math.max(2, Math.floor(MAX_TRACKING_BYTES / bytesPerRow));
  }

  /** Decodes all rows in one run; blocks the thread meanwhile. */
  async run(request: HeadRequest): Promise<DecodedRows> {
    const named = request.statistics.map(statisticOutput);
    const wanted = ["log_sum_exp", ENTROPY, ...named.filter((name) => name !== ENTROPY)];
    if (request.topK > 0) wanted.push("top_ids", "top_values");
    if (request.tracked.length > 0) wanted.push("tracked_logits", "tracked_ranks");
    const results = await this.session.run(this.#feeds(request), wanted);
    const floats = (name: string) => (results[name]?.data ?? new Float32Array(0)) as Float32Array;
    const integers = (name: string) => (results[name]?.data ?? new Int32Array(0)) as Int32Array;
    return {
      count: request.positions * request.rowsPerPosition,
      topIds: integers("top_ids"),
      topLogits: floats("top_values"),
      logSumExp: floats("log_sum_exp"),
      entropy: floats(ENTROPY),
      trackedLogits: floats("tracked_logits"),
      trackedRanks: integers("tracked_ranks"),
      statistics: request.statistics.map((name, i) => withNull(request, name, floats(named[i]!))),
    };
  }

  /** The model's read-out of states [rows, d_model], not normed: logits [rows, vocabulary] float32. */
  async logits(rows: Float32Array): Promise<Float32Array> {
    const alone = { norm: "own", topK: 0, tracked: [], nextIds: [], statistics: [], rowsPerPosition: 1 } as const;
    const positions = rows.length / this.config.dModel;
    const results = await this.session.run(this.#feeds({ ...alone, rows, positions }), ["logits"]);
    return results["logits"]!.data as Float32Array;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  #feeds(request: HeadRequest): Record<string, Tensor> {
    const { positions, rowsPerPosition } = request;
    const next = Int32Array.from({ length: positions }, (_, i) => request.nextIds[i] ?? 0);
    const { tracked } = request;
    const against = Int32Array.from(request.against ?? [], (row) => row ?? 0);
    const wanted = STATISTICS.map(({ name }) => wantedStatistic(request, name) ? 1 : 0);
    return {
      rows: new Tensor("float32", request.rows, [positions, rowsPerPosition, this.config.dModel]),
      norm_final: new Tensor("int32", Int32Array.of(request.norm === "final" ? 1 : 0), [1]),
      k: new Tensor("int64", BigInt64Array.of(BigInt(Math.max(1, request.topK))), [1]),
      tracked: new Tensor("int32", Int32Array.from(tracked), [tracked.length]),
      next_ids: new Tensor("int32", next, [positions]),
      against_row: new Tensor("int32", against, [against.length]),
      wanted: new Tensor("int32", Int32Array.from(wanted), [wanted.length]),
    };
  }
}

function wantedStatistic({ statistics, against }: HeadRequest, name: StatisticName): boolean {
  if (name === "entropy") return true;
  return statistics.includes(name) && (against !== undefined || !statistic(name).needsAgainst);
}

/** NaN where the prompt has no next token, and where a row is compared with none. */
function withNull(
  { nextIds, rowsPerPosition, against }: HeadRequest,
  name: StatisticName,
  values: Float32Array,
): Float32Array {
  const { needsNextToken, needsAgainst } = statistic(name);
  if (needsAgainst && !against) return new Float32Array(nextIds.length * rowsPerPosition).fill(NaN);
  if (!needsNextToken && !needsAgainst) return values;
  return values.map((value, row) => {
    if (needsNextToken && nextIds[Math.floor(row / rowsPerPosition)] === null) return NaN;
    return needsAgainst && against![row % rowsPerPosition] === null ? NaN : value;
  });
}
