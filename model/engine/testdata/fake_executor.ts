import type {
  ActivationsPlan,
  BatchEvent,
  BatchPlan,
  DecodedRows,
  Executor,
  ProbeEvent,
  ProbePlan,
} from "../engine.ts";
import type { EngineOptions } from "../options.ts";
import type { Flow } from "../turns.ts";

/** What the fake engine reads from `options.model`: JSON instead of a folder. */
export interface FakeModel {
  /** A refusal, said instead of loading. */
  readonly refuse?: string;
  /** Each start makes this file a byte longer, and reads its length. */
  readonly counter?: string;
  /** Starts (counted from 1) that kill their own process while loading. */
  readonly dieAtStarts?: readonly number[];
  /** Each start has another digest. */
  readonly changing?: boolean;
  /** Each position blocks the thread for so long, as a run of a session does. */
  readonly blockMs?: number;
  /** The position after which the work fails. */
  readonly faultAfter?: number;
  /** Appended to at the end of each probe: "end", "cancelled N" (after N positions); at its beginning: "of K, background B". */
  readonly journal?: string;
}

/** An engine without a model: row r of position p says p·1000 + r + ids[p]. */
export async function createFakeExecutor(options: EngineOptions): Promise<Executor> {
  const fake: FakeModel = JSON.parse(options.model);
  const start = fake.counter ? await countStart(fake.counter) : 1;
  if (fake.refuse) throw new Error(`${fake.refuse}\nand more that nobody wants to read`);
  if (fake.dieAtStarts?.includes(start)) Deno.kill(Deno.pid, "SIGKILL");
  return new FakeExecutor(fake, start);
}

class FakeExecutor implements Executor {
  readonly model;
  /** Positions begun, over all probes. */
  begun = 0;

  constructor(readonly fake: FakeModel, start: number) {
    this.model = {
      id: "fake",
      digest: fake.changing ? `sha256:${start}` : "sha256:0",
      architecture: "LlamaForCausalLM",
      family: "llama",
      layers: 2,
      dModel: 8,
      heads: 2,
      kvHeads: 2,
      headDim: 4,
      vocabulary: 100,
      context: 1_000_000,
      precision: "f32" as const,
      sourceDtype: "F32",
      parameters: 1000,
      blocksPerStage: 1,
    };
  }

  readonly prefixCacheBytes = 0;

  async *probe(plan: ProbePlan, signal: AbortSignal, flow?: Flow): AsyncGenerator<ProbeEvent> {
    if (this.fake.journal && flow?.name) {
      Deno.writeTextFileSync(this.fake.journal, `of ${flow.name}, background ${flow.background}\n`, { append: true });
    }
    const rows = plan.cells.length;
    let done = 0;
    let finished = false;
    try {
      yield { type: "start", rowOfCell: plan.cells.map((_, index) => index), rowsPerPosition: rows };
      for (const position of plan.positions) {
        signal.throwIfAborted();
        this.begun++;
        await block(this.fake.blockMs ?? 0);
        yield { type: "position", position, rows: fakeRows(plan, position, rows) };
        done++;
        if (position === this.fake.faultAfter) throw new RangeError("the fake failed on purpose");
      }
      const timing = { waitMs: 1, forwardMs: 2, lensMs: 3 };
      yield { type: "end", timing, rows: rows * plan.positions.length, cachedTokens: 3 };
      finished = true;
    } finally {
      if (this.fake.journal) {
        Deno.writeTextFileSync(this.fake.journal, finished ? "end\n" : `cancelled ${done}\n`, { append: true });
      }
    }
  }

  /** Its prompts one after the other. */
  async *probeBatch({ prompts, ...plan }: BatchPlan, signal: AbortSignal): AsyncGenerator<BatchEvent> {
    yield { type: "start", rowOfCell: plan.cells.map((_, index) => index), rowsPerPosition: plan.cells.length };
    for (const [prompt, asked] of prompts.entries()) {
      for await (const event of this.probe({ ...plan, ...asked }, signal)) {
        if (event.type === "position") yield { ...event, prompt };
        if (event.type === "end") yield { ...event, type: "prompt", prompt };
      }
    }
    yield { type: "end", timing: { waitMs: 1, forwardMs: 2, lensMs: 3 } };
  }

  /** 3 bytes a position, their values the position's; then one piece of 3 MiB. */
  async *activations(plan: ActivationsPlan, _signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (const position of plan.positions) yield await Promise.resolve(new Uint8Array(3).fill(position));
    if (plan.logits) yield new Uint8Array(3 * 1024 * 1024).map((_, index) => index % 251);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Blocks the thread in a turn of its own, as onnxruntime-node does. */
function block(ms: number): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) =>
    setImmediate(() => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      resolve();
    })
  );
}

export function fakeRows(plan: ProbePlan, position: number, count: number): DecodedRows {
  const value = (row: number) => position * 1000 + row + (plan.ids[position] ?? 0);
  const ints = (a: number) => new Int32Array(count * a).map((_, index) => value(index));
  const floats = (a: number, scale: number) => new Float32Array(count * a).map((_, index) => value(index) * scale);
  return {
    count,
    topIds: ints(plan.topK),
    topLogits: floats(plan.topK, 0.5),
    logSumExp: floats(1, 2),
    entropy: floats(1, -1),
    trackedLogits: floats(plan.tracked.length, 0.25),
    trackedRanks: ints(plan.tracked.length),
    statistics: plan.statistics.map((_, index) => index === 0 ? new Float32Array(count).fill(NaN) : floats(1, index)),
  };
}

async function countStart(file: string): Promise<number> {
  await Deno.writeTextFile(file, ".", { append: true });
  return (await Deno.stat(file)).size;
}
