import assert from "node:assert/strict";
import { Admission } from "../../lab/admission/admission.ts";
import { ANYBODY, type Caller } from "../../lab/keys/caller.ts";
import { ProcessQuotas } from "../../lab/quota/process_quotas.ts";
import { QuotaUsedUp } from "../../lab/quota/quotas.ts";
import { type Engine, EngineUnavailable } from "../../model/engine/engine.ts";
import type { Flow } from "../../model/engine/turns.ts";
import { modelWhenLoaded } from "../loaded_model.ts";
import { memoryEngine } from "../testing/memory_engine.ts";
import { testApp } from "../testing/test_app.ts";
import { runPrompts } from "./run_prompts.ts";

const NEVER = new AbortController().signal;

async function runner(parts: Parameters<typeof testApp>[0] = {}) {
  const tested = await testApp(parts);
  const model = modelWhenLoaded(tested.parts);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const run = runPrompts({ ...tested.parts, model });
  const all = async (requests: readonly object[], caller = ANYBODY, signal = NEVER) => {
    const prompts = requests.map((request, index) => ({ index: index + 5, line: JSON.stringify(request) }));
    const items = [];
    for await (const { index, line } of run(prompts, caller, signal)) items.push({ at: index, ...JSON.parse(line) });
    return items;
  };
  return { ...tested, all };
}

/** Counts how the engine is asked. */
function watched(engine: Engine = memoryEngine()) {
  const batches: number[] = [];
  const flows: (Flow | undefined)[] = [];
  const probeBatch: Engine["probeBatch"] = (plan, signal, flow) => {
    batches.push(plan.prompts.length);
    flows.push(flow);
    return engine.probeBatch(plan, signal, flow);
  };
  return { engine: { ...engine, probeBatch }, batches, flows };
}

Deno.test("runPrompts() answers each prompt as POST /probe does", async () => {
  const { all, post } = await runner();
  const request = { prompt: "Once upon", layers: [0, -1], track: [" Lily"], positions: "all" };
  const [item] = await all([request]);
  const { timing, ...response } = item.response;
  const { timing: _, ...alone } = await (await post("/probe", request)).json();
  assert.deepEqual(response, alone);
  assert.deepEqual(Object.keys(timing), ["queue_ms", "tokenize_ms", "forward_ms", "lens_ms"]);
  assert.deepEqual([item.at, item.index], [5, 5]);
});

Deno.test("runPrompts() asks the engine for consecutive prompts of one question together, in the background", async () => {
  const { engine, batches, flows } = watched();
  const { all } = await runner({ engine });
  const ask = (count: number, top_k: number) => Array.from({ length: count }, () => ({ prompt: "Once", top_k }));
  const items = await all([...ask(20, 1), ...ask(3, 2), ...ask(2, 1)], { id: "ann", role: "read", quotas: {} });
  assert.deepEqual(batches, [16, 4, 3, 2]);
  assert.deepEqual(items.map(({ index }) => index), Array.from({ length: 25 }, (_, index) => index + 5));
  assert.ok(flows.every((flow) => flow?.name === "ann" && flow.background));
});

Deno.test("a fault of one prompt is that prompt's problem, and one of its question as well", async () => {
  const { all, lines } = await runner();
  const items = await all([
    { prompt: "Once" },
    { prompt: [999] },
    { prompt: "Once" },
    { prompt: "Once", lenses: ["none"] },
    { prompt: [1], lenses: ["none"] },
    { prompt: Array(40).fill(1), positions: [30] },
    { prompt: "Once", positions: [30] },
  ]);
  const types = items.sort((a, b) => a.index - b.index).map(({ problem }) =>
    problem?.type.split(":").at(-1) ?? "answered"
  );
  assert.deepEqual(types, [
    "answered",
    "unknown-token",
    "answered",
    "unknown-lens",
    "unknown-lens",
    "answered",
    "out-of-range",
  ]);
  assert.match(items[1].problem.instance, /^urn:midstream:request:[0-9a-f-]{36}$/);
  assert.deepEqual(items.map(({ at, index }) => at - index), items.map(() => 0));
  assert.deepEqual(lines.filter(({ level }) => level === "error"), []);
});

Deno.test("what is too large for one answer is refused, what is too large together is asked apart", async () => {
  const { engine, batches } = watched();
  const { all } = await runner({ engine, settings: { maxResponseBytes: 30_000 } });
  const items = await all([
    { prompt: "Once upon" },
    { prompt: "Once upon" },
    { prompt: "Once upon" },
    { prompt: Array(60).fill(1), positions: "all" },
  ]);
  assert.deepEqual(items.map(({ response }) => response !== undefined), [true, true, true, false]);
  assert.equal(items[3].problem.type, "urn:midstream:problem:response-too-large");
  assert.deepEqual(batches, [3]);
});

Deno.test("a fault of the service is that prompt's problem, logged; the others go on", async () => {
  const plain = memoryEngine();
  const probeBatch: Engine["probeBatch"] = (plan, signal, flow) => {
    if (plan.prompts.some(({ ids }) => ids.includes(7))) throw new TypeError("secret");
    return plain.probeBatch(plan, signal, flow);
  };
  const { all, lines } = await runner({ engine: { ...plain, probeBatch } });
  const items = await all([{ prompt: [1] }, { prompt: [7] }, { prompt: [2] }]);
  assert.deepEqual(items.map(({ problem }) => problem?.status), [undefined, 500, undefined]);
  assert.doesNotMatch(JSON.stringify(items), /secret/);
  assert.equal(lines.filter(({ level }) => level === "error").length, 1);
});

Deno.test("what passes is thrown: the engine away, the quota used up, an abort; what was answered before is kept", async () => {
  const asked: number[] = [];
  const away = memoryEngine({
    beforePosition: (position) => {
      asked.push(position);
      if (asked.length === 3) throw new EngineUnavailable("it died", 1);
    },
  });
  const { parts } = await runner({ engine: away });
  const model = modelWhenLoaded(parts);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const prompts = [0, 1, 2, 3].map((index) => ({ index, line: '{"prompt":[1]}' }));
  const answered: number[] = [];
  await assert.rejects(async () => {
    for await (const { index } of runPrompts({ ...parts, model })(prompts, ANYBODY, NEVER)) answered.push(index);
  }, EngineUnavailable);
  assert.deepEqual(answered, [0, 1]);

  const poor: Caller = { id: "ann", role: "read", quotas: { promptTokensPerMinute: 2, requestsInFlight: 0 } };
  const { all } = await runner({ quotas: new ProcessQuotas(() => 0) });
  await all([{ prompt: [1, 1] }], poor);
  await assert.rejects(() => all([{ prompt: [1, 1] }], poor), QuotaUsedUp);
  await assert.rejects(() => all([{ prompt: [1] }], ANYBODY, AbortSignal.abort(new Error("paused"))), /paused/);
  const starting = runPrompts({
    ...parts,
    model: () => {
      throw new EngineUnavailable("it is being loaded", 2);
    },
  });
  await assert.rejects(() => starting(prompts, ANYBODY, NEVER)[Symbol.asyncIterator]().next(), EngineUnavailable);
});

Deno.test("jobs have places of their own: a full queue of probes does not refuse them", async () => {
  const admission = new Admission({ places: 0, parallel: 1 });
  using _busy = await admission.enter({ key: null, cost: { tokens: 1, rows: 1 } }, NEVER);
  const { all } = await runner({ admission });
  assert.equal((await all([{ prompt: [1] }])).length, 1);
});
