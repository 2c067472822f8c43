import { availableParallelism } from "node:os";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import { activations } from "./activations.ts";
import { choosePrecision } from "./choose_precision.ts";
import type {
  ActivationsPlan,
  BatchEvent,
  BatchPlan,
  Executor,
  ModelDescription,
  ProbeEvent,
  ProbePlan,
} from "./engine.ts";
import { Forward } from "./forward.ts";
import { Gather } from "./gather.ts";
import { HeadSession } from "./head_session.ts";
import { Loopback } from "./loopback.ts";
import { machineMemory } from "./machine_memory.ts";
import { MemoryBudget } from "./memory_budget.ts";
import type { EngineOptions } from "./options.ts";
import type { ReportedPrecision } from "./precision.ts";
import { PrefixCache } from "./prefix_cache.ts";
import { PACK_TOKENS, probe, probeBatch, type ProbeParts } from "./probe.ts";
import { StreamedForward } from "./streamed_forward.ts";
import { STREAMED_STATE_BYTES } from "./streamed_plan.ts";
import { Translators } from "./translators.ts";
import { type Flow, NOBODYS, Turns } from "./turns.ts";
import { openWeightSource } from "./weight_source.ts";

/** Tokens of a prompt in one run of a stage. */
const CHUNK_TOKENS = 512;
/** Multiply-adds of one run: a stage over a chunk, or the head over a block of rows. About 100 ms on two cores in float32. */
const RUN_MULTIPLY_ADDS = 20e9;
/** The same for lm_head in int8 halves: 100 ms at the 7B shape, where half as many take 55 (docs/kernels.md). */
const HALVES_MULTIPLY_ADDS = 40e9;
/** Translators kept in memory: 8 layers of Llama-2-7B, all of a small model, and little beside the weights of either. */
const LENS_MEMORY_BYTES = 512 * 2 ** 20;
/** Keys and values of recent prompts: a thousand tokens of Llama-2-7B; less where a quarter of the free memory is less. */
const PREFIX_CACHE_BYTES = 2 ** 30;
/** Prompts up to this length are computed together with others that wait. */
const SHORT_TOKENS = 128;
/** 8,192 tokens of 32 heads in chunks of 512. */
const MOST_SCORES_BYTES = 512 * 2 ** 20;
const ROW_BLOCK = { least: 32, most: 300 };

/**
 * Loads a model and answers plans with it.
 * @throws {CheckpointError} where the files are not a model this service computes right
 * @throws {Error} where it cannot fit into memory, with the figures
 */
export async function createExecutor(options: EngineOptions): Promise<Executor> {
  const { model: source, plans, load } = await openWeightSource(options);
  const { config } = source;
  const threads = options.threads ?? availableParallelism();
  const chunkTokens = options.chunkTokens ?? CHUNK_TOKENS;
  const maxTokens = Math.min(options.maxTokens ?? config.context, config.context);

  const memory = machineMemory();
  const budgetBytes = options.lensMemoryBytes ?? LENS_MEMORY_BYTES;
  const mostRows = options.rowBlock ?? rowsPerRun(config, HALVES_MULTIPLY_ADDS);
  const sizes = { maxTokens, chunkTokens, rowBlock: mostRows, lensBytes: budgetBytes };
  const blocksPerStage = options.blocksPerStage ?? blocksPerRun(config, chunkTokens);
  const stream = options.streamWeights === true;
  if (stream && options.precision !== "f32") throw new Error("--stream-weights is for --precision f32 only");
  const streamed = plans({ ...sizes, streamedBlocks: blocksPerStage });
  const { precision, plan, why } = stream
    ? choosePrecision(source.id, options.precision, streamed, memory)
    : choosePrecision(source.id, options.precision, plans(sizes), memory, streamed.get("f32"));
  if (options.precision === "auto") console.log(why);
  const checkpoint = await load(precision, {
    threads,
    dataFolder: options.cacheFolder,
    ...(options.byteKernel === undefined ? {} : { byteKernel: options.byteKernel }),
    write: (line) => console.log(line.trimEnd()),
  });

  const turns = new Turns(await Loopback.open().catch(() => null));
  const restBytes = memory.availableBytes - plan.weightsBytes - plan.workingBytes - budgetBytes;
  const stateBytes = Math.max(STREAMED_STATE_BYTES, restBytes / 4);
  chooseAttention(config.heads * chunkTokens * maxTokens * Float32Array.BYTES_PER_ELEMENT);
  const forward = stream
    ? new StreamedForward(checkpoint, turns, { threads, blocksPerStage, chunkTokens, stateBytes })
    : await Forward.create(checkpoint, turns, { threads, blocksPerStage });
  const head = await HeadSession.create(checkpoint, { threads });
  const translators = await Translators.create(checkpoint, turns, { threads, budgetBytes });
  // A pass over streamed weights costs the same whatever is known of a prompt.
  const cacheBytes = stream ? 0 : options.prefixCacheBytes ?? Math.min(PREFIX_CACHE_BYTES, restBytes / 4);
  const cache = new PrefixCache(config, cacheBytes);
  const inHalves = checkpoint.matrices?.get("lm_head.weight")?.form === "halves";
  const rowBlock = inHalves ? mostRows : options.rowBlock ?? rowsPerRun(config, RUN_MULTIPLY_ADDS);
  const parts: ProbeParts = { forward, head, translators, cache, chunkTokens, rowBlock };
  const budget = new MemoryBudget(restBytes - (stream ? stateBytes : cache.budgetBytes));
  return new ModelExecutor(describe(source, precision, blocksPerStage), parts, budget);
}

class ModelExecutor implements Executor {
  /** Of each flow its own: nobody waits for the end of another's group. */
  readonly #gathers = new Map<string, Gather>();

  constructor(
    readonly model: ModelDescription,
    readonly parts: ProbeParts,
    readonly budget: MemoryBudget,
  ) {}

  get prefixCacheBytes(): number {
    return this.parts.cache.bytes;
  }

  get runs(): NonNullable<Executor["runs"]> {
    return this.parts.forward.turns.times.histograms;
  }

  probe(plan: ProbePlan, signal: AbortSignal, flow: Flow = NOBODYS): AsyncGenerator<ProbeEvent> {
    return this.#isShort(plan) ? this.#probeTogether(plan, signal, flow) : this.#probeAlone(plan, signal, flow);
  }

  async *#probeTogether(plan: ProbePlan, signal: AbortSignal, flow: Flow): AsyncGenerator<ProbeEvent> {
    const key = JSON.stringify(flow);
    const gather = this.#gathers.get(key) ?? new Gather((plan, signal) => this.probeBatch(plan, signal, flow));
    this.#gathers.set(key, gather);
    try {
      yield* gather.probe(plan, signal);
    } finally {
      if (gather.idle) this.#gathers.delete(key);
    }
  }

  /** Short enough that the processor spends its time on reading weights, and that nobody waits long behind it. */
  #isShort({ ids, positions, cells }: ProbePlan): boolean {
    return !this.parts.forward.gathers && ids.length <= SHORT_TOKENS &&
      positions.length * (cells.length + 1) <= this.parts.rowBlock;
  }

  #probeAlone(plan: ProbePlan, signal: AbortSignal, flow: Flow): AsyncGenerator<ProbeEvent> {
    this.parts.forward.turns.join(signal, flow);
    return this.#inBudget(plan.ids.length, signal, () => probe(this.parts, plan, signal));
  }

  probeBatch(plan: BatchPlan, signal: AbortSignal, flow: Flow = NOBODYS): AsyncGenerator<BatchEvent> {
    this.parts.forward.turns.join(signal, flow);
    const longest = Math.max(...plan.prompts.map(({ ids }) => ids.length));
    return this.#inBudget(
      plan.prompts.length > 1 ? longest + PACK_TOKENS : longest,
      signal,
      () => probeBatch(this.parts, plan, signal),
    );
  }

  /** Work on a prompt of `tokens`, when there is memory for it; its events say how long that took. */
  async *#inBudget<E extends ProbeEvent | BatchEvent>(
    tokens: number,
    signal: AbortSignal,
    work: () => AsyncGenerator<E>,
  ): AsyncGenerator<E> {
    const start = performance.now();
    using _held = await this.budget.take(this.#promptBytes(tokens), signal);
    const waitMs = performance.now() - start;
    for await (const event of work()) {
      yield "timing" in event ? { ...event, timing: { ...event.timing, waitMs } } : event;
    }
  }

  async *activations(plan: ActivationsPlan, signal: AbortSignal, flow: Flow = NOBODYS): AsyncGenerator<Uint8Array> {
    this.parts.forward.turns.join(signal, flow);
    using _held = await this.budget.take(this.#promptBytes(plan.ids.length), signal);
    yield* activations(this.parts, plan, signal);
  }

  async close(): Promise<void> {
    await this.parts.forward.release();
    await this.parts.head.release();
    await this.parts.translators.release();
    this.parts.forward.turns.loopback?.close();
  }

  #promptBytes(tokens: number): number {
    return this.parts.forward.promptBytes(tokens);
  }
}

function describe(checkpoint: Checkpoint, precision: ReportedPrecision, blocksPerStage: number): ModelDescription {
  const { config } = checkpoint;
  let parameters = 0;
  for (const { shape } of checkpoint.tensors.values()) parameters += shape.reduce((product, dim) => product * dim, 1);
  return {
    id: checkpoint.id,
    digest: checkpoint.digest,
    architecture: checkpoint.architecture,
    family: config.family,
    layers: config.layers,
    dModel: config.dModel,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    vocabulary: config.vocabulary,
    context: config.context,
    precision,
    sourceDtype: checkpoint.dtype,
    parameters,
    blocksPerStage,
  };
}

/**
 * ONNX Runtime reads it when a session is created. Its attention by tiles needs no room for scores, but takes a third longer than
 * the one that has all scores of a run (docs/kernels.md).
 *
 * @param bytes of the scores of a run at the longest prompt
 */
function chooseAttention(bytes: number): void {
  Deno.env.set("ORT_GQA_DISABLE_FLASH_ATTENTION", bytes <= MOST_SCORES_BYTES ? "1" : "0");
}

/** Tiny models run all their blocks at once; a large one stops between blocks for cancels and for its neighbours. */
function blocksPerRun(config: ModelConfig, chunkTokens: number): number {
  const attention = config.dModel * config.headDim * 2 * (config.heads + config.kvHeads);
  const block = attention + 3 * config.dModel * config.ffn;
  return Math.min(config.layers, Math.max(1, Math.floor(RUN_MULTIPLY_ADDS / (block * chunkTokens))));
}

function rowsPerRun(config: ModelConfig, multiplyAdds: number): number {
  const rows = Math.floor(multiplyAdds / (config.dModel * config.vocabulary));
  return Math.max(ROW_BLOCK.least, Math.min(ROW_BLOCK.most, rows));
}
