import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { SITES } from "../../lens/sites.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openModelFiles } from "../checkpoint/open_model.ts";
import { type StateName, stateName } from "../graph/states.ts";
import { Forward } from "./forward.ts";
import type { ForwardPass, States, Wanted } from "./forward_pass.ts";
import { type Pack, packPrompts } from "./pack.ts";
import { StreamedForward, type StreamedOptions } from "./streamed_forward.ts";
import { Turns } from "./turns.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/architectures/", import.meta.url));
/** States, of the largest of their tensor (numerics.md). */
const TOLERANCE = 2e-5;
/** Grouped keys and a tied lm_head; an odd width; a sliding window; biases; stored in fewer bits. */
const MODELS = ["llama-gqa-tied", "llama-head8", "mistral", "qwen2", "llama-bf16", "llama-fp16", "llama-sharded"];
const VOCABULARY = 300;
const LAYERS = 3;
const CHUNK = 16;
const never = new AbortController().signal;

async function open(model: string): Promise<Checkpoint> {
  const opened = await openModelFiles(`${GOLDEN}${model}`, {});
  assert.ok(opened.kind === "floats");
  return opened.checkpoint;
}

const resident = (checkpoint: Checkpoint) => Forward.create(checkpoint, new Turns(), { threads: 1, blocksPerStage: 1 });
const streamed = (checkpoint: Checkpoint, over: Partial<StreamedOptions> = {}) =>
  new StreamedForward(checkpoint, new Turns(), {
    threads: 1,
    blocksPerStage: 1,
    chunkTokens: CHUNK,
    stateBytes: 2 ** 20,
    ...over,
  });

/** A question: some states at some positions of a prompt. */
const questions = fc.record({
  ids: fc.array(fc.integer({ min: 0, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 40 }),
  everyNth: fc.integer({ min: 1, max: 40 }),
  states: fc.uniqueArray(
    fc.record({ site: fc.constantFrom(...SITES), layer: fc.nat(LAYERS - 1) }).map(({ site, layer }) =>
      stateName(site, layer)
    ),
    { minLength: 1, maxLength: 15 },
  ),
}).map(({ ids, everyNth, states }): Question => {
  const tokens = [...ids.keys()].filter((token) => (ids.length - 1 - token) % everyNth === 0);
  return { pack: packPrompts([ids]), wanted: { tokens, states: new Set(states) } };
});

interface Question {
  readonly pack: Pack;
  readonly wanted: Wanted;
}

/** All states of a question, the chunks' rows joined. */
async function ask(forward: ForwardPass, { pack, wanted }: Question, signal = never): Promise<States> {
  const all = new Map<StateName, number[]>([...wanted.states].map((name) => [name, []]));
  const tokens: number[] = [];
  let next = 0;
  for await (const chunk of forward.byChunk(pack, wanted, 7, signal, null, [])) {
    assert.equal(chunk.from, next, "chunks follow each other");
    next = chunk.to;
    tokens.push(...chunk.tokens);
    for (const [name, rows] of chunk.states) all.get(name)!.push(...rows);
  }
  assert.deepEqual(tokens, wanted.tokens);
  return new Map([...all].map(([name, values]) => [name, Float32Array.from(values)]));
}

async function askByStage(forward: ForwardPass, { pack, wanted }: Question): Promise<States> {
  const all: States = new Map();
  for await (const states of forward.byStage(pack, wanted, 7, never)) {
    for (const [name, rows] of states) if (wanted.states.has(name)) all.set(name, rows);
  }
  return all;
}

function assertSame(found: States, expected: States): void {
  assert.deepEqual(new Set(found.keys()), new Set(expected.keys()));
  for (const [name, values] of expected) {
    const other = found.get(name)!;
    assert.equal(other.length, values.length, name);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [i, value] of values.entries()) {
      assert.ok(Math.abs(other[i]! - value) <= TOLERANCE * largest, `${name}: ${other[i]} ${value}`);
    }
  }
}

for (const model of MODELS) {
  Deno.test(`${model}: streamed weights give the states of resident ones, several prompts at once, any budget`, async () => {
    const checkpoint = await open(model);
    const kept = await resident(checkpoint);
    // All prompts side by side; a few rows or states a pass, one prompt a pass; all blocks at once.
    const ways = [{ chunkTokens: 256 }, { stateBytes: 8 * 1024 }, { blocksPerStage: LAYERS, chunkTokens: 5 }];
    const forwards = ways.map((way) => streamed(checkpoint, way));
    await fc.assert(
      fc.asyncProperty(fc.array(questions, { minLength: 1, maxLength: 5 }), async (asked) => {
        const expected = await Promise.all(asked.map((question) => ask(kept, question)));
        for (const forward of forwards) {
          const found = await Promise.all(asked.map((question) => ask(forward, question)));
          for (const [i, states] of found.entries()) assertSame(states, expected[i]!);
          assertSame(await askByStage(forward, asked[0]!), expected[0]!);
        }
      }),
      { numRuns: 8, seed: 11 },
    );
    for (const forward of [kept, ...forwards]) await forward.release();
  });
}

Deno.test("a prompt that leaves in the middle of a pass leaves its neighbours' states as they are", async () => {
  const checkpoint = await open("llama-gqa-tied");
  const [kept, forward] = [await resident(checkpoint), streamed(checkpoint, { chunkTokens: 128 })];
  await fc.assert(
    fc.asyncProperty(questions, questions, questions, fc.integer({ min: 0, max: 40 }), async (a, b, gone, after) => {
      const stop = new AbortController();
      const cancelled = ask(forward, gone, stop.signal).catch((error) => assert.match(String(error), /hung up/));
      const beside = Promise.all([ask(forward, a), ask(forward, b)]);
      setTimeout(() => stop.abort(new Error("hung up")), after);
      const [besideA, besideB] = await beside;
      assertSame(besideA, await ask(kept, a));
      assertSame(besideB, await ask(kept, b));
      await cancelled;
    }),
    { numRuns: 20, seed: 12 },
  );
  await kept.release();
  await forward.release();
});
