import type { ModelConfig } from "../checkpoint/config.ts";
import { groupsOf, type PassGroup } from "./pass_group.ts";
import type { PassRequest } from "./pass_request.ts";
import type { Blocks, Stage, StageRunner } from "./stage_run.ts";

export interface PassParts {
  readonly runner: StageRunner;
  readonly stages: readonly Blocks[];
  /** Opens a stage for so many runs; whoever opens it releases it. */
  readonly open: (blocks: Blocks, runs: number) => Promise<Stage>;
  /** Begins to read a stage's weights while another is computed; null: none is wanted any more. */
  readonly prefetch: (blocks: Blocks | null) => void;
  readonly chunkTokens: number;
  /** Tokens of several prompts that go through a stage as one sequence. */
  readonly groupTokens: number;
  /** Of hidden and kept states that a pass holds; one prompt alone always goes. */
  readonly bytes: number;
}

/** Requests that arrive together are heard of one after the other: a pass waits this long for the second. */
const GATHER_MS = 20;

/** One pass over the weights at a time, stage after stage, with all who wait; whoever comes during it waits for the next. */
export class WeightPasses {
  readonly #waiting: PassRequest[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(readonly parts: PassParts) {}

  add(request: PassRequest): void {
    if (this.#closed) return request.fail(new Error("the engine closes"));
    this.#waiting.push(request);
    this.#running ??= this.#runAll();
  }

  /** Lets the pass that runs, and those that wait, come to nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#waiting) request.fail(new Error("the engine closes"));
    await this.#running;
  }

  async #runAll(): Promise<void> {
    this.parts.prefetch(this.parts.stages[0]!);
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (this.#waiting.length > 0) await this.#pass(this.#next());
    // At once: whoever comes now begins anew.
    this.#running = null;
  }

  /** The first ones that wait and whose states fit together. */
  #next(): PassRequest[] {
    const { config } = this.parts.runner.checkpoint;
    const next: PassRequest[] = [];
    let bytes = 0;
    while (this.#waiting.length > 0) {
      bytes += requestBytes(this.#waiting[0]!, config);
      if (next.length > 0 && bytes > this.parts.bytes) break;
      next.push(this.#waiting.shift()!);
    }
    return next;
  }

  async #pass(requests: readonly PassRequest[]): Promise<void> {
    const { stages, groupTokens, chunkTokens, prefetch } = this.parts;
    try {
      let groups = groupsOf(requests, groupTokens, chunkTokens);
      for (const [index, blocks] of stages.entries()) {
        groups = groups.filter((group) => !group.gone);
        if (groups.length === 0) break;
        if (groups.some(({ lastBlock }) => lastBlock >= blocks.to)) prefetch(stages[index + 1]!);
        await this.#stage(blocks, groups);
      }
    } catch (error) {
      for (const request of requests) request.fail(error);
    } finally {
      prefetch(null);
    }
  }

  async #stage(blocks: Blocks, groups: readonly PassGroup[]): Promise<void> {
    const { runner, open } = this.parts;
    const stage = await open(blocks, groups.reduce((sum, { chunks }) => sum + chunks.length, 0));
    try {
      for (const group of groups) await group.run(stage, runner);
    } finally {
      await stage.session.release();
    }
  }
}

/** Bytes of a request's hidden states, before and after a stage, and of those that are kept for it. */
function requestBytes({ pack, wanted }: PassRequest, { dModel }: ModelConfig): number {
  const rows = 2 * pack.ids.length + wanted.tokens.length * wanted.states.size;
  return rows * dModel * Float32Array.BYTES_PER_ELEMENT;
}
