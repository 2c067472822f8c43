import { Tensor } from "onnxruntime-node";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { keyWidth } from "../graph/attention.ts";
import { stageGraph } from "../graph/stage.ts";
import type { StateName } from "../graph/states.ts";
import type { ForwardPass, States, StatesOfChunk, Wanted } from "./forward_pass.ts";
import { promptBytes } from "./memory_plan.ts";
import type { Pack } from "./pack.ts";
import type { LayerKeyValues, PrefixCache } from "./prefix_cache.ts";
import { createSession } from "./session.ts";
import { chunksOf, freeKeyValues, type KeyValues, type Stage, StageRunner, stagesOf, statesOf } from "./stage_run.ts";
import type { Turns } from "./turns.ts";

export interface ForwardOptions {
  readonly threads: number;
  readonly blocksPerStage: number;
}

/** The blocks of the model as a chain of sessions; prompts go through in chunks, so that their length has bounded memory. */
export class Forward implements ForwardPass {
  readonly gathers = false;
  readonly #runner: StageRunner;

  private constructor(
    readonly checkpoint: Checkpoint,
    readonly stages: readonly Stage[],
    readonly turns: Turns,
  ) {
    this.#runner = new StageRunner(checkpoint, turns);
  }

  static async create(checkpoint: Checkpoint, turns: Turns, options: ForwardOptions): Promise<Forward> {
    const stages: Stage[] = [];
    for (const { from, to } of stagesOf(checkpoint.config.layers, options.blocksPerStage)) {
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
   * @param cache the last chunk can have what was computed remembered there
   * @param known keys and values of the pack's known tokens, by layer
   */
  async *byChunk(
    pack: Pack,
    wanted: Wanted,
    chunkTokens: number,
    signal: AbortSignal,
    cache: PrefixCache | null = null,
    known: readonly LayerKeyValues[] = [],
  ): AsyncGenerator<StatesOfChunk> {
    const past = this.#tensorsOf(known, pack.known);
    for (const chunk of chunksOf(pack, pack.known, wanted, chunkTokens)) {
      const states: States = new Map();
      const keepKeys = cache !== null || chunk.to < pack.ids.length;
      let hidden: Tensor | undefined;
      for (const stage of this.stages) {
        const kept = chunk.tokens.length > 0 ? statesOf(stage, wanted.states) : [];
        hidden = await this.#runner.run(stage, { ...chunk, kept, keepKeys }, hidden, past, states, signal);
      }
      const last = cache !== null && chunk.to === pack.ids.length;
      const remember = last ? { remember: () => this.#remember(cache, pack, past) } : {};
      yield { from: chunk.from, to: chunk.to, tokens: chunk.tokens, states, ...remember };
    }
    if (cache === null) past.forEach(freeKeyValues);
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
        hidden[index] = await this.#runner.run(stage, run, hidden[index], past, states, signal);
        pieces.push(states);
      }
      past.forEach(freeKeyValues);
      yield joined(pieces, names);
    }
  }

  promptBytes(tokens: number): number {
    return promptBytes(this.checkpoint.config, tokens);
  }

  async release(): Promise<void> {
    for (const stage of this.stages) await stage.session.release();
  }

  #tensorsOf(known: readonly LayerKeyValues[], tokens: number): Map<number, KeyValues> {
    const shape = [1, this.checkpoint.config.kvHeads, tokens, keyWidth(this.checkpoint.config)];
    const tensor = (values: Float32Array) => new Tensor("float32", values, shape);
    return new Map(known.map(({ key, value }, layer) => [layer, { key: tensor(key), value: tensor(value) }]));
  }

  /** Once: what was computed is copied, and its memory given back. */
  #remember(cache: PrefixCache, { ids, paths, chain }: Pack, past: ReadonlyMap<number, KeyValues>): void {
    const { layers, kvHeads } = this.checkpoint.config;
    const width = keyWidth(this.checkpoint.config);
    const computed = Array.from({ length: layers }, (_, layer) => {
      const { key, value } = past.get(layer)!;
      return { key: key.data as Float32Array, value: value.data as Float32Array };
    });
    if (chain) cache.insert(ids, computed);
    for (const path of chain ? [] : paths) {
      const along = (values: Float32Array) => gathered(values, path, kvHeads, width);
      const prompt = path.map((token) => ids[token]!);
      cache.insert(prompt, computed.map(({ key, value }) => ({ key: along(key), value: along(value) })));
    }
    past.forEach(freeKeyValues);
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
