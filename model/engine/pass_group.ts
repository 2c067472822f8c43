import type { Tensor } from "onnxruntime-node";
import type { States } from "./forward_pass.ts";
import { mergedPack, startsOf } from "./merged_pack.ts";
import type { PassRequest } from "./pass_request.ts";
import {
  type Chunk,
  chunksOf,
  freeKeyValues,
  type KeyValues,
  type Stage,
  type StageRunner,
  statesOf,
} from "./stage_run.ts";

/** Requests that go through each stage as one sequence: the processor reads a weight once for all of them. */
export class PassGroup {
  readonly chunks: readonly Chunk[];
  readonly #hidden: (Tensor | undefined)[] = [];
  /** The first row of each request among the rows kept of all. */
  readonly #firstRows: readonly number[];
  readonly #gone = new AbortController();

  constructor(readonly requests: readonly PassRequest[], chunkTokens: number) {
    const starts = startsOf(requests.map(({ pack }) => pack));
    const tokens = requests.flatMap(({ wanted }, i) => wanted.tokens.map((token) => token + starts[i]!));
    const states = new Set(requests.flatMap(({ wanted }) => [...wanted.states]));
    this.chunks = [...chunksOf(mergedPack(requests.map(({ pack }) => pack)), 0, { tokens, states }, chunkTokens)];
    let row = 0;
    this.#firstRows = requests.map(({ wanted }) => (row += wanted.tokens.length) - wanted.tokens.length);
    for (const { gone } of requests) gone.addEventListener("abort", () => this.#leave(), { once: true });
    this.#leave();
  }

  /** The last block that any of its requests has to go through. */
  get lastBlock(): number {
    return Math.max(...this.requests.map(({ gone, lastBlock }) => gone.aborted ? -1 : lastBlock));
  }

  /** Nobody waits for any of its states any more. */
  get gone(): boolean {
    return this.#gone.signal.aborted;
  }

  /** All chunks through a stage; requests that it was the last one for are ended. Does nothing more once all have gone. */
  async run(stage: Stage, runner: StageRunner): Promise<void> {
    const past = new Map<number, KeyValues>();
    const open = this.requests.filter(({ gone }) => !gone.aborted);
    const names = statesOf(stage, new Set(open.flatMap(({ wanted }) => [...wanted.states])));
    const width = runner.checkpoint.config.dModel;
    const kept = this.requests.map((request) => room(stage, request, width));
    let row = 0;
    for (const [index, chunk] of this.chunks.entries()) {
      const states: States = new Map();
      const run = { ...chunk, kept: chunk.tokens.length > 0 ? names : [], keepKeys: index < this.chunks.length - 1 };
      try {
        this.#hidden[index] = await runner.run(stage, run, this.#hidden[index], past, states, this.#gone.signal);
      } catch (error) {
        if (this.gone) return;
        throw error;
      }
      for (const [i, mine] of kept.entries()) {
        for (const [name, values] of mine) {
          copyRows(states.get(name), row * width, values, this.#firstRows[i]! * width);
        }
      }
      row += chunk.tokens.length;
    }
    past.forEach(freeKeyValues);
    for (const [i, request] of this.requests.entries()) {
      if (kept[i]!.size > 0) request.deliver(kept[i]!);
      if (request.lastBlock < stage.to) request.end();
    }
  }

  #leave(): void {
    if (this.requests.every(({ gone }) => gone.aborted)) this.#gone.abort();
  }
}

/** Where a stage's states of a request are gathered. */
function room(stage: Stage, { wanted, gone }: PassRequest, width: number): States {
  const names = gone.aborted ? [] : statesOf(stage, wanted.states);
  return new Map(names.map((name) => [name, new Float32Array(wanted.tokens.length * width)]));
}

/** Copies what two windows of one long array share: `from` begins at place `fromStart` of it, `to` at `toStart`. */
function copyRows(from: Float32Array | undefined, fromStart: number, to: Float32Array, toStart: number): void {
  if (from === undefined) return; // None of the chunk's tokens is wanted.
  const first = Math.max(fromStart, toStart);
  const end = Math.min(fromStart + from.length, toStart + to.length);
  if (first < end) to.set(from.subarray(first - fromStart, end - fromStart), first - toStart);
}

/** Requests side by side, in their order, up to `limit` tokens a group; a longer one goes alone. */
export function groupsOf(requests: readonly PassRequest[], limit: number, chunkTokens: number): PassGroup[] {
  const groups: PassRequest[][] = [];
  let tokens = 0;
  for (const request of requests) {
    tokens += request.pack.ids.length;
    if (groups.length === 0 || tokens > limit) {
      groups.push([]);
      tokens = request.pack.ids.length;
    }
    groups.at(-1)!.push(request);
  }
  return groups.map((group) => new PassGroup(group, chunkTokens));
}
