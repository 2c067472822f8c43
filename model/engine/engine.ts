import type { Site } from "../../lens/sites.ts";
import type { StatisticName } from "../../lens/statistics.ts";
import type { TranslatorSource } from "../../lens/translator.ts";
import type { ReportedPrecision } from "./precision.ts";
import type { GraphName, RunHistogram } from "./run_times.ts";
import type { Flow } from "./turns.ts";

/** A state, and what is done to it before it is normed and decoded. */
export interface StatePlan {
  readonly site: Site;
  /** Block 0…L−1. */
  readonly layer: number;
  /** Index into the plan's translators; left out: the state as it is. */
  readonly translator?: number;
}

/** One cell asked for at every position of a plan. */
export interface CellPlan extends StatePlan {
  /** The row that this cell is compared with by the `…_against` statistics. */
  readonly against?: StatePlan;
}

/** How vectors are normed before lm_head (numerics.md, Lenses). */
export type NormMode = "own" | "final";

/** A probe that has been checked whole: ids inside the vocabulary, positions and layers inside the model. */
export interface ProbePlan {
  readonly ids: readonly number[];
  /** Positions to decode, ascending, without repeats. */
  readonly positions: readonly number[];
  /** Cells of each position, in the order of the answer. */
  readonly cells: readonly CellPlan[];
  /** Those that the cells point to. */
  readonly translators?: readonly TranslatorSource[];
  readonly norm: NormMode;
  readonly topK: number;
  /** Token ids followed in every cell. */
  readonly tracked: readonly number[];
  readonly statistics: readonly StatisticName[];
  /** false: equal rows are computed and decoded each for itself, as a self-check wants them. Default true. */
  readonly share?: boolean;
  /** false: the prefix cache is neither asked nor filled. Default true. */
  readonly cache?: boolean;
  /** At most this many tokens of the prompt go through the model together; left out: as many as the engine likes. */
  readonly chunkTokens?: number;
}

/** Prompts that are asked the same. */
export interface BatchPlan extends Omit<ProbePlan, "ids" | "positions"> {
  readonly prompts: readonly Pick<ProbePlan, "ids" | "positions">[];
}

/** What the head says of `count` rows; row-major arrays. logprob = logit − logSumExp, natural logarithms. */
export interface DecodedRows {
  readonly count: number;
  /** [count, topK] int32: highest logit first, lower id first among equals. */
  readonly topIds: Int32Array;
  /** [count, topK] float32 logits. */
  readonly topLogits: Float32Array;
  /** [count] float32. */
  readonly logSumExp: Float32Array;
  /** [count] float32, nats. */
  readonly entropy: Float32Array;
  /** [count, tracked] float32. */
  readonly trackedLogits: Float32Array;
  /** [count, tracked] int32: 1 + the number of tokens with a strictly greater logit. */
  readonly trackedRanks: Int32Array;
  /** One [count] float32 array for each statistic of the plan, in its order; NaN stands for null. */
  readonly statistics: readonly Float32Array[];
}

export type ProbeEvent =
  /** Once, before any work: which of a position's rows answers each cell of the plan. Row 0 is the model's own output. */
  | { readonly type: "start"; readonly rowOfCell: readonly number[]; readonly rowsPerPosition: number }
  /** One position, whole; positions come in ascending order. */
  | { readonly type: "position"; readonly position: number; readonly rows: DecodedRows }
  | {
    readonly type: "end";
    readonly timing: EngineTiming;
    readonly rows: number;
    /** Tokens of the prompt whose keys and values were known. */
    readonly cachedTokens: number;
  };

export type BatchEvent =
  | Extract<ProbeEvent, { type: "start" }>
  /** One position of a prompt, by its index, whole; a prompt's positions come in ascending order, prompts as they are done. */
  | { readonly type: "position"; readonly prompt: number; readonly position: number; readonly rows: DecodedRows }
  /** A prompt is answered. `cachedTokens`: those known from the cache or computed for an earlier prompt of the batch. */
  | {
    readonly type: "prompt";
    readonly prompt: number;
    readonly rows: number;
    readonly cachedTokens: number;
    /** Of the batch until then. */
    readonly timing: EngineTiming;
  }
  | { readonly type: "end"; readonly timing: EngineTiming };

/** Milliseconds inside the engine. */
export interface EngineTiming {
  readonly waitMs: number;
  readonly forwardMs: number;
  readonly lensMs: number;
}

export interface ActivationsPlan {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  readonly sites: readonly Site[];
  /** Ascending, without repeats. */
  readonly layers: readonly number[];
  readonly dtype: "float32" | "float16";
  readonly logits: boolean;
}

/** The loaded model as the engine knows it; `GET /model` is made from it. */
export interface ModelDescription {
  readonly id: string;
  readonly digest: string;
  readonly architecture: string;
  readonly family: string;
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly precision: ReportedPrecision;
  /** dtype of the weights as stored: "F32", "F16", "BF16". */
  readonly sourceDtype: string;
  readonly parameters: number;
  readonly blocksPerStage: number;
}

/** What the engine process holds, in bytes. */
export interface EngineMemory {
  readonly rssBytes: number;
  /** Keys and values of recent prompts. */
  readonly prefixCacheBytes: number;
  /** Of each graph, since the process began. */
  readonly runs?: Readonly<Record<GraphName, RunHistogram>>;
}

export type EngineState = "starting" | "ready" | "restarting" | "failed" | "closed";

/** The engine as the HTTP process sees it: another process that may die and come back. */
export interface Engine {
  readonly state: EngineState;
  /** A sentence about the state for /readyz, e.g. why a start failed. */
  readonly detail: string;
  /** Times that it was lost and came back. */
  readonly restarts?: number;
  /** Resolves when the model is loaded for the first time; rejects with one clear line when it cannot be. */
  readonly loaded: Promise<ModelDescription>;
  /**
   * @param flow whose work it is; left out: nobody's in particular
   * @throws {EngineUnavailable} while it is not ready, or when it dies under the work. Aborting `signal` stops the work.
   */
  probe(plan: ProbePlan, signal: AbortSignal, flow?: Flow): AsyncIterable<ProbeEvent>;
  /** As `probe`, for several prompts; what they begin with alike is computed once. */
  probeBatch(plan: BatchPlan, signal: AbortSignal, flow?: Flow): AsyncIterable<BatchEvent>;
  /** Values of the tensors in file order: layer, site, then logits; little-endian bytes of the plan's dtype. */
  activations(plan: ActivationsPlan, signal: AbortSignal, flow?: Flow): AsyncIterable<Uint8Array>;
  /** @throws {EngineUnavailable} */
  memory(): Promise<EngineMemory>;
  close(): Promise<void>;
}

/** The engine cannot take work now: it loads, restarts, or died under this request. */
export class EngineUnavailable extends Error {
  override readonly name = "EngineUnavailable";
  constructor(message: string, readonly retryAfterSeconds: number) {
    super(message);
  }
}

/** What runs inside the engine process. The server side of the protocol calls it; it knows nothing of sockets. */
export interface Executor {
  readonly model: ModelDescription;
  readonly prefixCacheBytes: number;
  readonly runs?: EngineMemory["runs"];
  probe(plan: ProbePlan, signal: AbortSignal, flow?: Flow): AsyncIterable<ProbeEvent>;
  probeBatch(plan: BatchPlan, signal: AbortSignal, flow?: Flow): AsyncIterable<BatchEvent>;
  activations(plan: ActivationsPlan, signal: AbortSignal, flow?: Flow): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
