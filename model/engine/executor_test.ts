import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { SITES } from "../../lens/sites.ts";
import type { ActivationsPlan, DecodedRows, Executor, ProbePlan } from "./engine.ts";
import { createExecutor } from "./executor.ts";
import type { EngineOptions } from "./options.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/architectures/", import.meta.url));
/** Log-probabilities and statistics (numerics.md). */
const TOLERANCE = 2e-4;
/** Grouped keys, a sliding window shorter than the prompts: the model in which a wrong past shows most. */
const MODELS = ["mistral", "llama-head8"];
const VOCABULARY = 300;
const LAYERS = 3;

const never = new AbortController().signal;
const cut = (over: Partial<EngineOptions>, model: string) =>
  createExecutor({ model: `${GOLDEN}${model}`, precision: "f32", threads: 2, ...over });

interface Answer {
  readonly cachedTokens: number;
  readonly rowOfCell: readonly number[];
  readonly positions: Map<number, DecodedRows>;
}

async function ask(executor: Executor, plan: ProbePlan, signal = never): Promise<Answer> {
  let rowOfCell: readonly number[] = [];
  const positions = new Map<number, DecodedRows>();
  let cachedTokens = 0;
  for await (const event of executor.probe(plan, signal)) {
    if (event.type === "start") rowOfCell = event.rowOfCell;
    if (event.type === "position") positions.set(event.position, event.rows);
    if (event.type === "end") cachedTokens = event.cachedTokens;
  }
  return { rowOfCell, positions, cachedTokens };
}

function assertSame(found: Answer, expected: Answer, plan: ProbePlan): void {
  assert.deepEqual(found.rowOfCell, expected.rowOfCell);
  assert.deepEqual([...found.positions.keys()], [...plan.positions]);
  for (const [position, rows] of expected.positions) {
    const other = found.positions.get(position)!;
    assert.equal(other.count, rows.count);
    const pairs: [Float32Array, Float32Array][] = [
      [other.logSumExp, rows.logSumExp],
      [other.topLogits, rows.topLogits],
      [other.trackedLogits, rows.trackedLogits],
      ...rows.statistics.map((values, i): [Float32Array, Float32Array] => [other.statistics[i]!, values]),
    ];
    for (const [a, b] of pairs) {
      for (const [i, value] of b.entries()) {
        assert.ok(
          Math.abs(a[i]! - value) <= TOLERANCE || Number.isNaN(a[i]) && Number.isNaN(value),
          `${a[i]} ${value}`,
        );
      }
    }
  }
}

const plans = fc.record({
  ids: fc.array(fc.integer({ min: 0, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 40 }),
  everyNth: fc.integer({ min: 1, max: 5 }),
  cells: fc.uniqueArray(
    fc.record({ site: fc.constantFrom(...SITES), layer: fc.integer({ min: 0, max: LAYERS - 1 }) }),
    { minLength: 1, maxLength: 15, selector: ({ site, layer }) => `${site}${layer}` },
  ),
  norm: fc.constantFrom("own" as const, "final" as const),
  topK: fc.integer({ min: 0, max: 20 }),
  tracked: fc.uniqueArray(fc.integer({ min: 0, max: VOCABULARY - 1 }), { maxLength: 4 }),
}).map(({ ids, everyNth, ...rest }): ProbePlan => ({
  ...rest,
  ids,
  positions: [...ids.keys()].filter((position) => position % everyNth === 0),
  statistics: ["kl_output_lens", "cross_entropy", "jsd"],
  cache: false,
}));

for (const model of MODELS) {
  Deno.test(`${model}: one answer at any chunking of the prompt, block of rows and number of blocks a stage`, async () => {
    const whole = await cut({}, model);
    const ways: EngineOptions[] = [];
    for (const [chunkTokens, rowBlock, blocksPerStage] of [[1, 1, 1], [7, 3, 2], [16, 1000, 1], [33, 8, 3]] as const) {
      ways.push({ model, precision: "f32", chunkTokens, rowBlock, blocksPerStage });
    }
    const others = await Promise.all(ways.map((way) => cut({ ...way, model: `${GOLDEN}${model}` }, model)));
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const expected = await ask(whole, plan);
        for (const other of others) assertSame(await ask(other, plan), expected, plan);
      }),
      { numRuns: 25, seed: 4 },
    );
    await Promise.all([whole, ...others].map((executor) => executor.close()));
  });
}

Deno.test("a prompt answers the same alone, beside neighbours, and beside one that is cancelled half way", async () => {
  const executor = await cut({ chunkTokens: 5, rowBlock: 4, blocksPerStage: 1 }, "mistral");
  await fc.assert(
    fc.asyncProperty(plans, plans, plans, fc.integer({ min: 1, max: 6 }), async (a, b, gone, steps) => {
      const [aloneA, aloneB] = [await ask(executor, a), await ask(executor, b)];
      const stop = new AbortController();
      const cancelled = (async () => {
        let seen = 0;
        for await (const _ of executor.probe(gone, stop.signal)) if (++seen === steps) stop.abort(new Error("hung up"));
      })().catch((error) => assert.match(String(error), /hung up/));
      const [besideA, besideB] = await Promise.all([ask(executor, a), ask(executor, b), cancelled]);
      assertSame(besideA, aloneA, a);
      assertSame(besideB, aloneB, b);
    }),
    { numRuns: 25, seed: 5 },
  );
  await executor.close();
});

for (const model of MODELS) {
  Deno.test(`${model}: a prompt whose beginning is known answers as one that is computed whole, within any budget`, async () => {
    const budgets = [Infinity, 20_000, 0];
    const executors = await Promise.all(
      budgets.map((prefixCacheBytes) => cut({ prefixCacheBytes, chunkTokens: 9, blocksPerStage: 2 }, model)),
    );
    let hits = 0;
    const asked = fc.record({ plan: plans, known: fc.nat(40), from: fc.nat(39) });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 4 }), async (questions) => {
        let last: readonly number[] = [];
        for (const { plan: drawn, known, from } of questions) {
          // Begins as the question before it did, and asks for positions that begin anywhere.
          const ids = [...last.slice(0, known), ...drawn.ids].slice(0, 60);
          const positions = [...ids.keys()].filter((position) => position >= Math.min(from, ids.length - 1));
          const plan = { ...drawn, ids, positions };
          last = ids;
          const expected = await ask(executors[0]!, { ...plan, cache: false });
          assert.equal(expected.cachedTokens, 0);
          for (const executor of executors) {
            const found = await ask(executor, { ...plan, cache: true });
            assertSame(found, expected, plan);
            assert.ok(found.cachedTokens <= positions[0]!, "states of a position asked for are computed");
            hits += found.cachedTokens;
          }
        }
      }),
      { numRuns: 15, seed: 6 },
    );
    assert.ok(hits > 0, "some question was known");
    const plan: ProbePlan = {
      ids: Array.from({ length: 30 }, (_, i) => i),
      positions: [29],
      cells: [{ site: "resid_post", layer: 0 }],
      norm: "own",
      topK: 1,
      tracked: [],
      statistics: [],
    };
    await ask(executors[0]!, plan);
    assert.equal((await ask(executors[0]!, plan)).cachedTokens, 28);
    assert.equal((await ask(executors[2]!, plan)).cachedTokens, 0);
    await Promise.all(executors.map((executor) => executor.close()));
  });
}

for (const model of ["llama-gqa-tied", "llama-head8", "mistral"]) {
  Deno.test(`${model}: prompts that go through together answer as each alone, shared beginnings or not`, async () => {
    const executors = await Promise.all([{}, { chunkTokens: 7, rowBlock: 5 }].map((way) => cut(way, model)));
    const asked = fc.record({ plan: plans, known: fc.nat(40) });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 6 }), fc.boolean(), async (drawn, cache) => {
        let last: readonly number[] = [];
        const plan = { ...drawn[0]!.plan, cache };
        const prompts = drawn.map(({ plan: { ids: own }, known }, index) => {
          const ids = last = [...last.slice(0, known), ...own].slice(0, 60);
          return {
            ids,
            positions: [...ids.keys()].filter((position) => (position + index) % 3 === 0 || position === 0),
          };
        });
        for (const executor of executors) {
          const found = prompts.map((): Map<number, DecodedRows> => new Map());
          const done: number[] = [];
          let rowOfCell: readonly number[] = [];
          for await (const event of executor.probeBatch({ ...plan, prompts }, never)) {
            if (event.type === "start") rowOfCell = event.rowOfCell;
            if (event.type === "position") found[event.prompt]!.set(event.position, event.rows);
            if (event.type === "prompt") {
              done.push(event.prompt);
              assert.equal(found[event.prompt]!.size, prompts[event.prompt]!.positions.length, "told when it is whole");
            }
          }
          assert.deepEqual(done.toSorted((a, b) => a - b), [...prompts.keys()]);
          for (const [index, prompt] of prompts.entries()) {
            const alone = { ...plan, ...prompt, cache: false };
            assertSame(
              { rowOfCell, positions: found[index]!, cachedTokens: 0 },
              await ask(executors[0]!, alone),
              alone,
            );
          }
        }
      }),
      { numRuns: 15, seed: 7 },
    );
    await Promise.all(executors.map((executor) => executor.close()));
  });
}

Deno.test("short prompts that wait at the same time answer as each alone, some of them cancelled", async () => {
  const executor = await cut({}, "llama-gqa-tied");
  const crowd = fc.record({
    question: plans,
    ids: fc.array(plans.map(({ ids }) => ids), { minLength: 2, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(crowd, fc.nat(11), fc.boolean(), async ({ question, ids: prompts }, gone, cache) => {
      const asked = prompts.map((ids) => ({ ...question, ids, positions: [ids.length - 1], cache }));
      const stop = new AbortController();
      const answers = asked.map((plan, index) => ask(executor, plan, index === gone ? stop.signal : never));
      stop.abort(new Error("hung up"));
      for (const [index, answer] of (await Promise.allSettled(answers)).entries()) {
        if (index === gone) assert.equal(answer.status, "rejected");
        else {
          assert.ok(answer.status === "fulfilled");
          const alone = { ...asked[index]!, cache: false };
          assertSame(answer.value, await ask(executor, alone), alone);
        }
      }
    }),
    { numRuns: 20, seed: 8 },
  );
  await executor.close();
});

Deno.test("a cancelled prompt does no step after the one that runs", async () => {
  const executor = await cut({ chunkTokens: 1, blocksPerStage: 1 }, "mistral");
  const stop = new AbortController();
  const plan: ProbePlan = {
    ids: Array.from({ length: 30 }, (_, i) => i),
    positions: Array.from({ length: 30 }, (_, i) => i),
    cells: [{ site: "resid_post", layer: 0 }],
    norm: "own",
    topK: 1,
    tracked: [],
    statistics: [],
  };
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const event of executor.probe(plan, stop.signal)) {
      if (event.type !== "position") continue;
      seen.push(event.position);
      if (event.position === 3) stop.abort(new Error("hung up"));
    }
  }, /hung up/);
  assert.deepEqual(seen, [0, 1, 2, 3]);
  await executor.close();
});

Deno.test("activations are the same bytes of states whether the prompt goes through whole or in chunks", async () => {
  const [whole, pieces] = [await cut({}, "mistral"), await cut({ chunkTokens: 6, blocksPerStage: 1 }, "mistral")];
  const plan: ActivationsPlan = {
    ids: Array.from({ length: 23 }, (_, i) => (i * 37) % VOCABULARY),
    positions: [0, 4, 5, 6, 11, 17],
    sites: ["resid_pre", "mlp_out", "resid_post"],
    layers: [0, 1, 2],
    dtype: "float32",
    logits: true,
  };
  const values = async (executor: Executor) => {
    const parts: number[] = [];
    for await (const bytes of executor.activations(plan, never)) parts.push(...new Float32Array(bytes.slice().buffer));
    return parts;
  };
  const [a, b] = [await values(whole), await values(pieces)];
  assert.equal(a.length, plan.positions.length * (9 * 64 + VOCABULARY));
  assert.equal(b.length, a.length);
  const largest = Math.max(...a.map(Math.abs));
  for (const [i, value] of a.entries()) assert.ok(Math.abs(b[i]! - value) <= 2e-5 * largest);
  await Promise.all([whole.close(), pieces.close()]);
});
