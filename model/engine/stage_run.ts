import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { keyWidth } from "../graph/attention.ts";
import { RotaryTable } from "../graph/rope.ts";
import { blockOf, type StateName } from "../graph/states.ts";
import type { States, Wanted } from "./forward_pass.ts";
import { freeTensor } from "./free_tensor.ts";
import { attentionBias, type Pack } from "./pack.ts";
import type { Blocks } from "./stages_of.ts";
import type { Turns } from "./turns.ts";

export { type Blocks, stagesOf } from "./stages_of.ts";

/** Rows of a run. */
const LEAST_ROWS = 2;

/** Blocks in one session. */
export interface Stage extends Blocks {
  readonly session: InferenceSession;
}

/** Keys and values of one layer for the positions computed so far, [1, kvHeads, past, keyWidth] float32. */
export interface KeyValues {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Consecutive tokens of a pack. */
export interface Chunk {
  readonly pack: Pack;
  readonly from: number;
  readonly to: number;
  /** Those of them that are wanted, ascending. */
  readonly tokens: readonly number[];
  /** [to − from, to], attentionBias(). */
  readonly bias: Float32Array;
}

/** A chunk on its way through a stage. */
export interface Run extends Chunk {
  readonly kept: readonly StateName[];
  /** Its keys and values are needed afterwards: by the next chunk, or to be remembered. */
  readonly keepKeys: boolean;
}

/**
 * At most `chunkTokens` tokens each, and two at least: ONNX Runtime multiplies a row alone by another kernel, which adds in
 * another order. Float32 is right to 1e-7 either way, but rounded activations make of a different 1e-7 a different code,
 * layer after layer (docs/numbers.md). Cut like this, the numbers are the same bit by bit, however a prompt is cut.
 */
export function* chunksOf(pack: Pack, start: number, wanted: Wanted, chunkTokens: number): Generator<Chunk> {
  const end = pack.ids.length;
  const most = Math.max(LEAST_ROWS, chunkTokens);
  for (let from = start, to = start; from < end; from = to) {
    to = Math.min(from + most, end);
    if (end - to === 1) to = most > LEAST_ROWS ? to - 1 : end;
    const tokens = wanted.tokens.filter((token) => token >= from && token < to);
    yield { pack, from, to, tokens, bias: attentionBias(pack, from, to) };
  }
}

export function statesOf(stage: Blocks, states: ReadonlySet<StateName>): StateName[] {
  return [...states].filter((state) => blockOf(state) >= stage.from && blockOf(state) < stage.to);
}

/** What nobody will read again. */
export function freeKeyValues({ key, value }: KeyValues): void {
  freeTensor(key);
  freeTensor(value);
}

/** Runs stages over chunks, each in its turn. */
export class StageRunner {
  readonly #rotary: RotaryTable;

  constructor(readonly checkpoint: Checkpoint, readonly turns: Turns) {
    this.#rotary = new RotaryTable(checkpoint.config);
  }

  /**
   * One stage over one chunk: fills `states` and `past`, and gives the next stage's input. The memory of `hidden` and of the keys
   * and values that are replaced is given back.
   */
  async run(
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
    const outputs = await this.turns.take(signal, () => stage.session.run(feeds, fetches), {
      graph: "stage",
      attributes: () => ({ first_block: stage.from, blocks: stage.to - stage.from, tokens: chunk.to - chunk.from }),
    });
    for (const name of chunk.kept) states.set(name, outputs[name]!.data as Float32Array);
    for (let layer = stage.from; chunk.keepKeys && layer < stage.to; layer++) {
      const before = past.get(layer);
      if (before) freeKeyValues(before);
      past.set(layer, { key: outputs[`present_key.${layer}`]!, value: outputs[`present_value.${layer}`]! });
    }
    if (hidden) freeTensor(hidden);
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
