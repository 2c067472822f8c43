import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { StateName } from "../graph/states.ts";
import type { Pack } from "./pack.ts";
import type { LayerKeyValues, PrefixCache } from "./prefix_cache.ts";
import type { Turns } from "./turns.ts";

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

/** The blocks of the model: prompts go in, states of the residual stream come out. */
export interface ForwardPass {
  readonly checkpoint: Checkpoint;
  readonly turns: Turns;
  /** Prompts that wait are computed together by itself, whatever they ask: whoever calls need not gather them. */
  readonly gathers: boolean;
  /**
   * States of all layers, chunk after chunk of at most `chunkTokens` tokens, for answers by position.
   *
   * @param cache of the keys and values of earlier prompts, where one is kept
   * @param known keys and values of the pack's known tokens, by layer
   */
  byChunk(
    pack: Pack,
    wanted: Wanted,
    chunkTokens: number,
    signal: AbortSignal,
    cache: PrefixCache | null,
    known: readonly LayerKeyValues[],
  ): AsyncGenerator<StatesOfChunk>;
  /** States of all tokens wanted, layers after layers, for answers in layer order. */
  byStage(pack: Pack, wanted: Wanted, chunkTokens: number, signal: AbortSignal): AsyncGenerator<States>;
  /** Bytes that a prompt of so many tokens takes while it is computed. */
  promptBytes(tokens: number): number;
  release(): Promise<void>;
}
