import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { stageGraph } from "../graph/stage.ts";
import type { StateName } from "../graph/states.ts";
import type { ForwardPass, States, StatesOfChunk, Wanted } from "./forward_pass.ts";
import { beginning } from "./merged_pack.ts";
import type { Pack } from "./pack.ts";
import { PassRequest } from "./pass_request.ts";
import { type FileRange, ReadAhead } from "./read_ahead.ts";
import { createSession } from "./session.ts";
import { type Blocks, StageRunner, stagesOf, statesOf } from "./stage_run.ts";
import { streamedPromptBytes } from "./streamed_plan.ts";
import type { Turns } from "./turns.ts";
import { WeightPasses } from "./weight_passes.ts";

export interface StreamedOptions {
  readonly threads: number;
  readonly blocksPerStage: number;
  /** Tokens of a prompt that go through a stage together. */
  readonly chunkTokens: number;
  /** Of the states that the prompts of a pass may hold; who wants more takes several passes. */
  readonly stateBytes: number;
}

/** Runs from which on it is faster to widen a stage's weights once. */
const WIDENING_RUNS = 4;

/**
 * The blocks of a model that is larger than memory: no stage is kept, each is mapped from the checkpoint's files when its turn
 * comes, and all prompts that wait go through it before the next. The same arithmetic as `Forward`'s in float32.
 */
export class StreamedForward implements ForwardPass {
  readonly gathers = true;
  readonly #passes: WeightPasses;
  readonly #stages: readonly Blocks[];
  readonly #readAhead = new ReadAhead();

  constructor(readonly checkpoint: Checkpoint, readonly turns: Turns, readonly options: StreamedOptions) {
    this.#stages = stagesOf(checkpoint.config.layers, options.blocksPerStage);
    this.#passes = new WeightPasses({
      runner: new StageRunner(checkpoint, turns),
      stages: this.#stages,
      open: (blocks, runs) => turns.take(new AbortController().signal, () => this.#open(blocks, runs)),
      prefetch: (blocks) => blocks ? this.#readAhead.begin(rangesOf(checkpoint, blocks)) : this.#readAhead.stop(),
      chunkTokens: options.chunkTokens,
      // Within a sliding window too: each pack's tokens stay beside each other.
      groupTokens: options.chunkTokens,
      bytes: options.stateBytes,
    });
  }

  /** Joins the next pass at once, before it is read from. There is no cache of keys and values: a pass costs the same. */
  byChunk(pack: Pack, wanted: Wanted, chunkTokens: number, signal: AbortSignal): AsyncGenerator<StatesOfChunk> {
    const parts = this.#partsByTokens(wanted);
    const first = parts.length > 0 ? this.#join(pack, parts[0]!, signal) : null;
    return this.#chunks(pack, parts, first, chunkTokens, signal);
  }

  async *#chunks(
    pack: Pack,
    parts: readonly Wanted[],
    first: PassRequest | null,
    chunkTokens: number,
    signal: AbortSignal,
  ): AsyncGenerator<StatesOfChunk> {
    const { dModel } = this.checkpoint.config;
    let from = 0;
    for (const [index, part] of parts.entries()) {
      const request = index === 0 ? first! : this.#join(pack, part, signal);
      const all: States = new Map();
      for await (const some of request.states) for (const [name, rows] of some) all.set(name, rows);
      for (let row = 0; row < part.tokens.length; row += chunkTokens) {
        const tokens = part.tokens.slice(row, row + chunkTokens);
        const rows = (values: Float32Array) => values.subarray(row * dModel, (row + tokens.length) * dModel);
        const states = new Map([...all].map(([name, values]) => [name, rows(values)]));
        const to = tokens.at(-1)! + 1;
        yield { from, to, tokens, states };
        from = to;
      }
    }
  }

  async *byStage(pack: Pack, wanted: Wanted, _chunkTokens: number, signal: AbortSignal): AsyncGenerator<States> {
    for (const part of this.#partsByStates(wanted)) yield* this.#join(pack, part, signal).states;
  }

  promptBytes(tokens: number): number {
    return streamedPromptBytes(this.checkpoint.config, tokens, this.options.blocksPerStage);
  }

  async release(): Promise<void> {
    await this.#passes.close();
    await this.#readAhead.close();
  }

  #join(pack: Pack, wanted: Wanted, signal: AbortSignal): PassRequest {
    const request = new PassRequest(beginning(pack, wanted.tokens.at(-1)! + 1), wanted, signal);
    this.#passes.add(request);
    return request;
  }

  async #open({ from, to }: Blocks, runs: number) {
    const { checkpoint, options: { threads } } = this;
    const widened = runs >= WIDENING_RUNS;
    const options = { threads, arena: false, mapped: true, widened };
    return { from, to, session: await createSession(stageGraph(checkpoint, from, to), checkpoint, options) };
  }

  /** Passes for some of the tokens each. */
  #partsByTokens({ tokens, states }: Wanted): Wanted[] {
    const most = Math.max(1, Math.floor(this.#partBytes / (states.size * this.#rowBytes)));
    const parts: Wanted[] = [];
    for (let at = 0; at < tokens.length; at += most) parts.push({ tokens: tokens.slice(at, at + most), states });
    return parts;
  }

  /** Passes for the states of some stages each, in the model's order. */
  #partsByStates({ tokens, states }: Wanted): Wanted[] {
    const most = Math.max(1, Math.floor(this.#partBytes / (tokens.length * this.#rowBytes)));
    const parts: Set<StateName>[] = [];
    for (const stage of this.#stages) {
      const names = statesOf(stage, states);
      if (parts.length === 0 || parts.at(-1)!.size + names.length > most) parts.push(new Set());
      for (const name of names) parts.at(-1)!.add(name);
    }
    return parts.filter(({ size }) => size > 0).map((some) => ({ tokens, states: some }));
  }

  get #rowBytes(): number {
    return this.checkpoint.config.dModel * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Half: somebody else may come along. */
  get #partBytes(): number {
    return this.options.stateBytes / 2;
  }
}

function rangesOf({ tensors }: Checkpoint, { from, to }: Blocks): FileRange[] {
  const layers = Array.from({ length: to - from }, (_, i) => `model.layers.${from + i}.`);
  return [...tensors.values()].filter(({ name }) => layers.some((layer) => name.startsWith(layer)));
}
