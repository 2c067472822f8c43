import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { keyWidth } from "../graph/attention.ts";
import { RotaryTable } from "../graph/rope.ts";
import { stageGraph } from "../graph/stage.ts";
import { blockOf, type StateName } from "../graph/states.ts";
import { attentionBias, type Pack, sharedTokens } from "./pack.ts";
import type { CachedPrefix, PrefixCache } from "./prefix_cache.ts";
import { createSession } from "./session.ts";
import type { Turns } from "./turns.ts";

/** Consecutive blocks `from`…`to − 1` in one session. */
interface Stage {
  readonly from: number;
  readonly to: number;
  readonly session: InferenceSession;
}

/** Keys and values of one layer for the positions computed so far, [1, kvHeads, past, keyWidth] float32. */
interface KeyValues {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Kept rows of the states asked for, each [rows, dModel] float32. */
export type States = Map<StateName, Float32Array>;

export interface StatesOfChunk {
  /** Tokens `from`…`to − 1` of the pack. */
  readonly from: number;
  readonly to: number;
  /** Those of them that were asked for, ascending: the rows of the states. */
  readonly tokens: readonly number[];
  readonly states: States;
  /** Of a pack's last chunk: puts what was computed into the cache, which the answer need not wait for. */
  readonly remember?: () => void;
}

/** What to keep of a pack. */
export interface Wanted {
  /** Ascending. */
  readonly tokens: readonly number[];
  readonly states: ReadonlySet<StateName>;
}

export interface ForwardOptions {
  readonly threads: number;
  readonly blocksPerStage: number;
}

/** The blocks of the model as a chain of sessions; prompts go through in chunks, so that their length has bounded memory. */
export class Forward {
  readonly #rotary: RotaryTable;

  private constructor(
    readonly checkpoint: Checkpoint,
    readonly stages: readonly Stage[],
    readonly turns: Turns,
  ) {
    this.#rotary = new RotaryTable(checkpoint.config);
  }

  static async create(checkpoint: Checkpoint, turns: Turns, options: ForwardOptions): Promise<Forward> {
    const stages: Stage[] = [];
    for (let from = 0; from < checkpoint.config.layers; from += options.blocksPerStage) {
      const to = Math.min(from + options.blocksPerStage, checkpoint.config.layers);
      const session = await createSession(stageGraph(checkpoint, from, to), checkpoint, {
        threads: options.threads,
        // One arena a stage would keep the buffers of the longest prompt once for every stage.
        arena: false,
      });
      stages.push({ from, to, session });
    }
    return new Forward(checkpoint, stages, turns);
  }

  /**
   * Chunk after chunk through all blocks: the states of a chunk are there before the next begins, for answers that stream by
   * position. Holds the keys and values of every layer.
   *
   * @param cache what is known of the tokens that all prompts begin with, before the first one wanted, is not computed again; the
   *   last chunk can have the rest remembered
   */
  async *byChunk(
    pack: Pack,
    wanted: Wanted,
    chunkTokens: number,
    signal: AbortSignal,
    cache: PrefixCache | null = null,
  ): AsyncGenerator<StatesOfChunk> {
    const known = cache?.match(pack.ids, Math.min(sharedTokens(pack), wanted.tokens[0] ?? 0)) ?? null;
    const past = this.#pastOf(known);
    for (const chunk of chunksOf(pack, known?.tokens ?? 0, wanted, chunkTokens)) {
      const states: States = new Map();
      const keepKeys = cache !== null || chunk.to < pack.ids.length;
      let hidden: Tensor | undefined;
      for (const stage of this.stages) {
        const kept = chunk.tokens.length > 0 ? statesOf(stage, wanted.states) : [];
        hidden = await this.#run(stage, { ...chunk, kept, keepKeys }, hidden, past, states, signal);
      }
      const last = cache !== null && chunk.to === pack.ids.length;
      const remember = last ? { remember: () => this.#remember(cache, pack, past) } : {};
      yield { from: chunk.from, to: chunk.to, tokens: chunk.tokens, states, ...remember };
    }
  }

  /**
   * Stage after stage over the whole prompt: the states of a layer are there before the next layer begins, for answers in
   * layer order. Holds the hidden states of the prompt and the keys and values of one stage.
   */
  async *byStage(pack: Pack, wanted: Wanted, chunkTokens: number, signal: AbortSignal): AsyncGenerator<States> {
    const chunks = [...chunksOf(pack, 0, wanted, chunkTokens)];
    const hidden: (Tensor | undefined)[] = [];
    for (const stage of this.stages) {
      const past = new Map<number, KeyValues>();
      const names = statesOf(stage, wanted.states);
      const pieces: States[] = [];
      for (const [index, chunk] of chunks.entries()) {
        const states: States = new Map();
        const kept = chunk.tokens.length > 0 ? names : [];
        const run = { ...chunk, kept, keepKeys: chunk.to < pack.ids.length };
        hidden[index] = await this.#run(stage, run, hidden[index], past, states, signal);
        pieces.push(states);
      }
      yield joined(pieces, names);
    }
  }

  async release(): Promise<void> {
    for (const stage of this.stages) await stage.session.release();
  }

  #pastOf(known: CachedPrefix | null): Map<number, KeyValues> {
    const { kvHeads } = this.checkpoint.config;
    const tensor = (values: Float32Array) =>
      new Tensor("float32", values, [1, kvHeads, known!.tokens, keyWidth(this.checkpoint.config)]);
    const layers = known?.layers ?? [];
    return new Map(layers.map(({ key, value }, layer) => [layer, { key: tensor(key), value: tensor(value) }]));
  }

  #remember(cache: PrefixCache, { ids, paths, chain }: Pack, past: ReadonlyMap<number, KeyValues>): void {
    const { layers, kvHeads } = this.checkpoint.config;
    const width = keyWidth(this.checkpoint.config);
    const computed = Array.from({ length: layers }, (_, layer) => {
      const { key, value } = past.get(layer)!;
      return { key: key.data as Float32Array, value: value.data as Float32Array };
    });
    if (chain) return cache.insert(ids, computed);
    for (const path of paths) {
      const along = (values: Float32Array) => gathered(values, path, kvHeads, width);
      const prompt = path.map((token) => ids[token]!);
      cache.insert(prompt, computed.map(({ key, value }) => ({ key: along(key), value: along(value) })));
    }
  }

  /** One stage over one chunk: fills `states` and `past`, and gives the next stage's input. */
  async #run(
    stage: Stage,
    chunk: Run,
    hidden: Tensor | undefined,
    past: Map<number, KeyValues>,
    states: States,
    signal: AbortSignal,
  ): Promise<Tensor | undefined> {
    const last = stage.to === this.checkpoint.config.layers;
    const fetches: string[] = [...chunk.kept];
    if (!last) fetches.push("hidden_out");
    for (let layer = stage.from; chunk.keepKeys && layer < stage.to; layer++) {
      fetches.push(`present_key.${layer}`, `present_value.${layer}`);
    }
    if (fetches.length === 0) return undefined;
    const feeds = this.#feeds(stage, chunk, hidden, past);
    const outputs = await this.turns.take(signal, () => stage.session.run(feeds, fetches));
    for (const name of chunk.kept) states.set(name, outputs[name]!.data as Float32Array);
    for (let layer = stage.from; chunk.keepKeys && layer < stage.to; layer++) {
      past.set(layer, { key: outputs[`present_key.${layer}`]!, value: outputs[`present_value.${layer}`]! });
    }
    return last ? undefined : outputs["hidden_out"];
  }

  #feeds(stage: Stage, chunk: Run, hidden: Tensor | undefined, past: Map<number, KeyValues>): Record<string, Tensor> {
    const { config } = this.checkpoint;
    const { pack, from, to } = chunk;
    const positions = pack.positions.subarray(from, to);
    const angles = Math.max(to, ...positions) + 1;
    const { cos, sin } = this.#rotary.rows(0, angles);
    const rows = chunk.tokens.map((token) => token - from);
    const feeds: Record<string, Tensor> = {
      rows: new Tensor("int32", Int32Array.from(rows), [rows.length]),
      last_key: new Tensor("int32", Int32Array.of(to - 1), [1]),
      keys: new Tensor("int32", Int32Array.of(to), []),
      cos: new Tensor("float32", cos, [angles, config.headDim / 2]),
      sin: new Tensor("float32", sin, [angles, config.headDim / 2]),
      positions: new Tensor("int64", BigInt64Array.from(positions, BigInt), [1, to - from]),
      bias: new Tensor("float32", chunk.bias, [1, 1, to - from, to]),
    };
    if (stage.from === 0) feeds["ids"] = new Tensor("int32", pack.ids.subarray(from, to), [1, to - from]);
    else feeds["hidden"] = hidden!;
    const none = new Tensor("float32", new Float32Array(0), [1, config.kvHeads, 0, keyWidth(config)]);
    for (let layer = stage.from; layer < stage.to; layer++) {
      feeds[`past_key.${layer}`] = past.get(layer)?.key ?? none;
      feeds[`past_value.${layer}`] = past.get(layer)?.value ?? none;
    }
    return feeds;
  }
}

/** Consecutive tokens of a pack. */
interface Chunk {
  readonly pack: Pack;
  readonly from: number;
  readonly to: number;
  /** Those of them that are wanted, ascending. */
  readonly tokens: readonly number[];
  /** [to − from, to], attentionBias(). */
  readonly bias: Float32Array;
}

/** A chunk on its way through a stage. */
interface Run extends Chunk {
  readonly kept: readonly StateName[];
  /** Its keys and values are needed afterwards: by the next chunk, or to be remembered. */
  readonly keepKeys: boolean;
}

function* chunksOf(pack: Pack, start: number, wanted: Wanted, chunkTokens: number): Generator<Chunk> {
  for (let from = start; from < pack.ids.length; from += chunkTokens) {
    const to = Math.min(from + chunkTokens, pack.ids.length);
    const tokens = wanted.tokens.filter((token) => token >= from && token < to);
    yield { pack, from, to, tokens, bias: attentionBias(pack, from, to) };
  }
}

/** Rows of some positions out of [heads, positions, width]. */
function gathered(values: Float32Array, positions: Int32Array, heads: number, width: number): Float32Array {
  const stride = values.length / heads;
  const picked = new Float32Array(heads * positions.length * width);
  for (let head = 0; head < heads; head++) {
    for (const [place, position] of positions.entries()) {
      const at = head * stride + position * width;
      picked.set(values.subarray(at, at + width), (head * positions.length + place) * width);
    }
  }
  return picked;
}

function statesOf(stage: Stage, states: ReadonlySet<StateName>): StateName[] {
  return [...states].filter((state) => blockOf(state) >= stage.from && blockOf(state) < stage.to);
}

function joined(pieces: readonly States[], names: readonly StateName[]): States {
  return new Map(names.map((name) => [name, concatenated(pieces.flatMap((piece) => piece.get(name) ?? []))]));
}

/** Rows after rows; a single part as it is. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
