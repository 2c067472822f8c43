import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ActivationsPlan, BatchPlan, DecodedRows, Executor } from "./engine.ts";
import { createExecutor } from "./executor.ts";
import type { EngineOptions } from "./options.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/architectures/", import.meta.url));
/** Log-probabilities and statistics; states, of the largest (numerics.md). */
const TOLERANCE = { answers: 2e-4, states: 2e-5 };
const never = new AbortController().signal;

const cut = (model: string, over: Partial<EngineOptions> = {}) =>
  createExecutor({ model: `${GOLDEN}${model}`, precision: "f32", threads: 2, blocksPerStage: 1, ...over });

const ids = (seed: number, length: number) => Array.from({ length }, (_, i) => (i * 37 + seed * 11) % 300);
const all = (length: number) => Array.from({ length }, (_, i) => i);

const question: Omit<BatchPlan, "prompts"> = {
  cells: [0, 1, 2].flatMap((layer) => [{ site: "resid_mid" as const, layer }, { site: "resid_post" as const, layer }]),
  norm: "own",
  topK: 5,
  tracked: [3, 7],
  statistics: ["kl_output_lens", "cross_entropy", "jsd"],
};
/** All positions and the last alone, more prompts than go through a stage side by side. */
const prompts: BatchPlan["prompts"] = [
  { ids: ids(0, 9), positions: all(9) },
  { ids: ids(1, 30), positions: [29] },
  { ids: ids(0, 12), positions: [3, 11] },
  ...all(12).map((seed) => ({ ids: ids(seed, 20), positions: [0, 19] })),
];

type Answer = Map<string, DecodedRows>;

async function batch(executor: Executor): Promise<Answer> {
  const answer: Answer = new Map();
  for await (const event of executor.probeBatch({ ...question, prompts }, never)) {
    if (event.type === "position") answer.set(`${event.prompt} ${event.position}`, event.rows);
  }
  return answer;
}

async function together(executor: Executor): Promise<Answer> {
  const answer: Answer = new Map();
  await Promise.all(prompts.map(async (prompt, index) => {
    for await (const event of executor.probe({ ...question, ...prompt }, never)) {
      if (event.type === "position") answer.set(`${index} ${event.position}`, event.rows);
      if (event.type === "end") assert.equal(event.cachedTokens, 0, "nothing is remembered");
    }
  }));
  return answer;
}

function assertSame(found: Answer, expected: Answer): void {
  assert.deepEqual(new Set(found.keys()), new Set(expected.keys()));
  for (const [key, rows] of expected) {
    const other = found.get(key)!;
    assert.deepEqual(other.topIds, rows.topIds);
    assertClose(other.logSumExp, rows.logSumExp, TOLERANCE.answers);
    assertClose(other.topLogits, rows.topLogits, TOLERANCE.answers);
    assertClose(other.trackedLogits, rows.trackedLogits, TOLERANCE.answers);
    for (const [i, values] of rows.statistics.entries()) {
      assertClose(other.statistics[i]!, values, TOLERANCE.answers);
    }
  }
}

function assertClose(found: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries()) {
    const same = Math.abs(found[i]! - value) <= tolerance || Number.isNaN(found[i]!) && Number.isNaN(value);
    assert.ok(same, `${found[i]} ${value}`);
  }
}

for (const model of ["llama-gqa-tied", "mistral", "llama-bf16"]) {
  Deno.test(`${model}: with streamed weights batches, probes at once and activations answer as with resident ones`, async () => {
    const resident = await cut(model);
    const streamed = [await cut(model, { streamWeights: true, prefixCacheBytes: 2 ** 20 })];
    streamed.push(await cut(model, { streamWeights: true, chunkTokens: 16, rowBlock: 4 }));
    const expected = await batch(resident);
    const plan: ActivationsPlan = {
      ids: ids(2, 23),
      positions: [0, 4, 5, 6, 11, 17],
      sites: ["resid_pre", "mlp_out", "resid_post"],
      layers: [0, 1, 2],
      dtype: "float32",
      logits: true,
    };
    const states = await values(resident, plan);
    const largest = states.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const executor of streamed) {
      assertSame(await batch(executor), expected);
      assertSame(await together(executor), expected);
      assertSame(await together(executor), expected);
      assertClose(await values(executor, plan), states, TOLERANCE.states * largest);
    }
    for (const executor of [resident, ...streamed]) await executor.close();
  });
}

async function values(executor: Executor, plan: ActivationsPlan): Promise<Float32Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of executor.activations(plan, never)) parts.push(bytes.slice());
  return new Float32Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

Deno.test("weights are streamed in float32 only", async () => {
  await assert.rejects(
    cut("mistral", { streamWeights: true, precision: "q16" }),
    /--stream-weights is for --precision f32/,
  );
});
