import assert from "node:assert/strict";
import type { BatchEvent, BatchPlan, DecodedRows, ProbePlan } from "./engine.ts";
import { Gather } from "./gather.ts";

const NO_ROWS: DecodedRows = {
  count: 1,
  topIds: new Int32Array(),
  topLogits: new Float32Array(),
  logSumExp: new Float32Array(1),
  entropy: new Float32Array(1),
  trackedLogits: new Float32Array(),
  trackedRanks: new Int32Array(),
  statistics: [],
};
const TIMING = { waitMs: 0, forwardMs: 1, lensMs: 1 };

/** Batches that answer each prompt by its first id, when they are let go on. */
class Batches {
  readonly sizes: number[] = [];
  readonly aborted: unknown[] = [];
  gate = Promise.resolve();

  async *run({ prompts }: BatchPlan, signal: AbortSignal): AsyncGenerator<BatchEvent> {
    this.sizes.push(prompts.length);
    signal.addEventListener("abort", () => this.aborted.push(signal.reason));
    yield { type: "start", rowOfCell: [0], rowsPerPosition: 1 };
    await this.gate;
    signal.throwIfAborted();
    for (const [prompt, { ids }] of prompts.entries()) {
      if (ids[0] === 13) throw new Error("unlucky");
      yield { type: "position", prompt, position: ids[0]!, rows: NO_ROWS };
      yield { type: "prompt", prompt, rows: 1, cachedTokens: 0, timing: TIMING };
    }
    yield { type: "end", timing: TIMING };
  }
}

function plan(id: number, topK = 1): ProbePlan {
  return { ids: [id], positions: [0], cells: [], norm: "own", topK, tracked: [], statistics: [] };
}

async function ask(gather: Gather, asked: ProbePlan, signal = new AbortController().signal): Promise<number> {
  let answer = -1;
  for await (const event of gather.probe(asked, signal)) if (event.type === "position") answer = event.position;
  return answer;
}

Deno.test("Gather computes together what waits and asks the same, and answers each with its own", async () => {
  const batches = new Batches();
  const gather = new Gather((...args) => batches.run(...args));
  const answers = await Promise.all([1, 2, 3, 4].map((id) => ask(gather, plan(id))));
  assert.deepEqual(answers, [1, 2, 3, 4]);
  assert.deepEqual(batches.sizes, [4]);
  assert.deepEqual(await Promise.all([ask(gather, plan(5)), ask(gather, plan(6, 2)), ask(gather, plan(7))]), [5, 6, 7]);
  assert.deepEqual(batches.sizes, [4, 2, 1], "another question is another batch");
});

Deno.test("Gather lets one that is cancelled go at once, and stops a batch that nobody waits for", async () => {
  const batches = new Batches();
  const gather = new Gather((...args) => batches.run(...args));
  const gate = Promise.withResolvers<void>();
  batches.gate = gate.promise;
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = ask(gather, plan(1), first.signal);
  const kept = ask(gather, plan(2), second.signal);
  while (batches.sizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  first.abort(new Error("hung up"));
  await assert.rejects(gone, /hung up/);
  assert.deepEqual(batches.aborted, []);
  gate.resolve();
  assert.equal(await kept, 2);

  batches.gate = new Promise(() => {});
  const alone = new AbortController();
  const left = ask(gather, plan(3), alone.signal);
  while (batches.sizes.length === 1) await new Promise((resolve) => setImmediate(resolve));
  alone.abort(new Error("hung up too"));
  await assert.rejects(left, /hung up too/);
  assert.equal(batches.aborted.length, 1);
});

Deno.test("Gather tells a fault to those it concerns, and goes on", async () => {
  const batches = new Batches();
  const gather = new Gather((...args) => batches.run(...args));
  const [lucky, unlucky] = await Promise.allSettled([ask(gather, plan(1)), ask(gather, plan(13))]);
  assert.equal(lucky.status, "fulfilled");
  assert.equal(unlucky.status, "rejected");
  assert.equal(await ask(gather, plan(2)), 2);
});
