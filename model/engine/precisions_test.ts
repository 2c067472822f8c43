import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TemporaryFolder } from "../checkpoint/temporary_folder.ts";
import type { ActivationsPlan, Executor } from "./engine.ts";
import { createExecutor } from "./executor.ts";
import type { EngineOptions } from "./options.ts";
import { type Precision, PRECISIONS } from "./precision.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/architectures/", import.meta.url));
/** Grouped keys and a tied lm_head; a width that is no multiple of anything; biases; bfloat16 as stored. */
const MODELS = ["llama-gqa-tied", "llama-head8", "qwen2", "llama-bf16"];
/**
 * Root mean square of what chunking changes in states, and the most in a log-probability: float32's own rounding in the
 * head. numerics.md allows 2e-3; with a last chunk of one row it would be as much as rounding the weights is.
 */
const CHUNKING = { states: 1e-7, logProbability: 1e-5 };

/** Root mean square of the difference over that of the reference, of all states, and mean KL at the output in nats. */
const LARGEST: Readonly<Record<Exclude<Precision, "f32">, { readonly states: number; readonly kl: number }>> = {
  q16: { states: 3e-4, kl: 1e-6 },
  q8: { states: 5e-2, kl: 1e-2 },
  q4: { states: 0.6, kl: 0.6 },
};

const plan: ActivationsPlan = {
  ids: Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 300),
  positions: Array.from({ length: 40 }, (_, i) => i),
  sites: ["resid_pre", "attn_out", "mlp_out", "resid_post"],
  layers: [0, 1, 2],
  dtype: "float32",
  logits: true,
};

for (const model of MODELS) {
  Deno.test(`${model}: every precision is as near to float32 as it promises, and the same at any chunking`, async () => {
    await using folder = await TemporaryFolder.make();
    const open = (precision: Precision, over: Partial<EngineOptions> = {}) =>
      createExecutor({ model: `${GOLDEN}${model}`, precision, cacheFolder: folder.path, threads: 2, ...over });
    const reference = await values(await open("f32"));
    for (const precision of PRECISIONS) {
      if (precision === "f32") continue;
      const found = await values(await open(precision));
      const { states, kl } = LARGEST[precision];
      const difference = relativeRms(found.states, reference.states);
      assert.ok(difference <= states, `${precision}: states differ by ${difference}`);
      assert.ok(difference > 0, "nothing was quantised");
      const divergence = meanKl(reference.logits, found.logits);
      assert.ok(divergence <= kl, `${precision}: mean KL ${divergence}`);
      for (const chunkTokens of [13, 2]) {
        const pieces = await values(await open(precision, { chunkTokens, rowBlock: 3, blocksPerStage: 1 }));
        const moved = relativeRms(pieces.states, found.states);
        assert.ok(moved <= CHUNKING.states, `${precision}: states differ by ${moved} between chunkings`);
        const apart = largestDifference(logProbabilities(found.logits), logProbabilities(pieces.logits));
        assert.ok(apart <= CHUNKING.logProbability, `${precision}: ${apart} between chunkings`);
      }
    }
  });
}

/** What a neighbour may change in a log-probability: these models amplify little (docs/numbers.md has one that does). */
const BESIDE: Readonly<Record<Exclude<Precision, "f32">, number>> = { q16: 2e-3, q8: 2e-3, q4: 2e-2 };

for (const model of MODELS) {
  Deno.test(`${model}: in every precision a prompt answers beside others as alone`, async () => {
    await using folder = await TemporaryFolder.make();
    const prompts = [plan.ids.slice(0, 7), plan.ids.slice(3, 24), plan.ids.slice(20, 40), plan.ids.slice(7, 18)];
    const question = { cells: [], norm: "own", topK: 10, tracked: [], statistics: [], cache: false } as const;
    const asked = prompts.map((ids) => ({ ids, positions: [...ids.keys()] }));
    for (const [precision, bound] of Object.entries(BESIDE)) {
      const executor = await createExecutor({
        model: `${GOLDEN}${model}`,
        precision: precision as Precision,
        cacheFolder: folder.path,
        threads: 2,
      });
      const answer = async (some: typeof asked) => {
        const found: Float64Array[] = [];
        for await (const event of executor.probeBatch({ ...question, prompts: some }, new AbortController().signal)) {
          if (event.type !== "position") continue;
          const { topLogits, logSumExp } = event.rows;
          const place = some.slice(0, event.prompt).reduce((sum, { ids }) => sum + ids.length, 0) + event.position;
          found[place] = Float64Array.from(topLogits, (logit) => logit - logSumExp[0]!);
        }
        return found;
      };
      const beside = await answer(asked);
      const alone = (await Promise.all(asked.map((one) => answer([one])))).flat();
      assert.equal(beside.length, 7 + 21 + 20 + 11);
      const apart = Math.max(...alone.map((expected, i) => largestDifference(beside[i]!, expected)));
      assert.ok(apart <= bound, `${precision}: ${apart} beside others`);
      await executor.close();
    }
  });
}

Deno.test("where signed products of bytes saturate, unsigned ones give the same numbers", async () => {
  await using folder = await TemporaryFolder.make();
  const open = (over: Partial<EngineOptions>) =>
    createExecutor({ model: `${GOLDEN}qwen2`, precision: "q16", cacheFolder: folder.path, threads: 2, ...over });
  const signed = await values(await open({ byteKernel: "u8s8" }));
  const unsigned = await values(await open({ byteKernel: "u8u8" }));
  assert.ok(largestDifference(signed.logits, unsigned.logits) <= 1e-5);
  assert.ok(relativeRms(signed.states, unsigned.states) <= 1e-6);
});

interface Values {
  readonly states: Float32Array;
  /** [positions, vocabulary] */
  readonly logits: Float32Array;
}

/** All that the plan asks for; closes the executor. */
async function values(executor: Executor): Promise<Values> {
  const parts: Uint8Array[] = [];
  for await (const bytes of executor.activations(plan, new AbortController().signal)) parts.push(bytes.slice());
  await executor.close();
  const all = new Float32Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  const split = all.length - plan.positions.length * executor.model.vocabulary;
  return { states: all.subarray(0, split), logits: all.subarray(split) };
}

function relativeRms(found: Float32Array, expected: Float32Array): number {
  assert.equal(found.length, expected.length);
  let difference = 0;
  let size = 0;
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

function meanKl(expected: Float32Array, found: Float32Array): number {
  const [p, q] = [logProbabilities(expected), logProbabilities(found)];
  let sum = 0;
  for (const [i, value] of p.entries()) sum += Math.exp(value) * (value - q[i]!);
  return sum / plan.positions.length;
}

function logProbabilities(logits: Float32Array): Float64Array {
  const width = logits.length / plan.positions.length;
  const result = Float64Array.from(logits);
  for (let at = 0; at < result.length; at += width) {
    const row = result.subarray(at, at + width);
    const largest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    for (const i of row.keys()) row[i]! -= largest + Math.log(total);
  }
  return result;
}

function largestDifference(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (const [i, value] of a.entries()) most = Math.max(most, Math.abs(value - b[i]!));
  return most;
}
