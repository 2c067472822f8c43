import assert from "node:assert/strict";
import type { ProbeAnswer } from "./service/answers.ts";
import { runService } from "./service/running_service.ts";

interface Item {
  readonly index: number;
  readonly response?: ProbeAnswer & { readonly usage: { readonly cached_tokens: number } };
  readonly problem?: { readonly status: number; readonly detail: string; readonly errors: { pointer: string }[] };
}

const TEMPLATE = "Once upon a time, there was a {who} named";
const VALUES = [{ who: "little girl" }, { who: "big dog" }, { who: "little boy" }];
const QUESTION = { sites: ["resid_mid", "resid_post"], top_k: 3, cache: false };
const filled = VALUES.map(({ who }) => TEMPLATE.replace("{who}", who));

Deno.test("a batch answers each prompt as a probe of its own does, from a list or from a template", async () => {
  await using running = await runService();
  const prompts = { ...QUESTION, prompts: [...filled, [1, 433, 445]] };
  const batch = await running.json<{ items: Item[]; usage: { prompt_tokens: number; rows: number } }>(
    "/probe/batch",
    prompts,
  );
  assert.deepEqual(batch.items.map(({ index }) => index), [0, 1, 2, 3]);
  for (const [index, prompt] of prompts.prompts.entries()) {
    const alone = await running.json<ProbeAnswer>("/probe", { ...QUESTION, prompt });
    assertClose(batch.items[index]!.response!, alone);
  }
  const tokens = batch.items.reduce((sum, { response }) => sum + response!.usage.prompt_tokens, 0);
  assert.equal(batch.usage.prompt_tokens, tokens);
  assert.ok(batch.items[1]!.response!.usage.cached_tokens > 5, "what the first begins with is not computed again");

  const templated = await running.json<{ items: Item[] }>("/probe/batch", {
    ...QUESTION,
    template: TEMPLATE,
    values: VALUES,
  });
  for (const [index, { response }] of templated.items.entries()) assertClose(response!, batch.items[index]!.response!);
});

Deno.test("one prompt's fault is that prompt's problem; a fault of the question refuses the batch", async () => {
  await using running = await runService(["--max-tokens", "16"]);
  const long = Array(17).fill(5);
  const batch = await running.json<{ items: Item[] }>("/probe/batch", { prompts: [filled[0], long, [9999]], top_k: 1 });
  assert.ok(batch.items[0]!.response);
  assert.equal(batch.items[1]!.problem!.status, 422);
  assert.match(batch.items[1]!.problem!.detail, /17.*16/);
  assert.equal(batch.items[1]!.problem!.errors[0]!.pointer, "/prompts/1");
  assert.equal(batch.items[2]!.problem!.errors[0]!.pointer, "/prompts/2/0");

  const refused = await running.post("/probe/batch", { prompts: [filled[0]], layers: [8] });
  assert.equal(refused.status, 422);
  await refused.body?.cancel();
  const missing = await running.post("/probe/batch", { template: TEMPLATE, values: [{ who: "cat" }, { what: "dog" }] });
  assert.equal(missing.status, 422);
  assert.match((await missing.json()).detail, /\{who\}.*row 1.*"what"/);
  const both = await running.post("/probe/batch", { prompts: ["a"], template: "b", values: [{}] });
  assert.equal(both.status, 422);
  await both.body?.cancel();
});

Deno.test("a batch as CSV is one table with prompt_index and prompt first", async () => {
  await using running = await runService(["--max-tokens", "16"]);
  const response = await running.post("/probe/batch", { prompts: ["Tom", Array(17).fill(5)], top_k: 1, layers: [-1] }, {
    headers: { accept: "text/csv" },
  });
  const lines = (await response.text()).trimEnd().split("\r\n");
  assert.match(lines[0]!, /^prompt_index,prompt,kind,position,/);
  assert.match(lines[1]!, /^0,Tom,output,1,/);
  assert.match(lines[2]!, /^0,Tom,top,1,/);
  assert.match(lines[3]!, /^1,"\[5,5.*,problem,/);
  assert.equal(lines.length, 4);
});

Deno.test("a batch streams each prompt as it is done, refused ones first, and ends with what all cost", async () => {
  await using running = await runService();
  const response = await running.post("/probe/batch/stream", { ...QUESTION, prompts: [...filled, [4096]] });
  const frames = (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(frames.map(({ type }) => type), ["item", "item", "item", "item", "end"]);
  assert.equal(frames[0].index, 3);
  assert.equal(frames[0].problem.status, 422);
  assert.deepEqual(frames.slice(1, 4).map(({ index }) => index).sort(), [0, 1, 2]);
  const tokens = frames.slice(1, 4).reduce((sum, { response }) => sum + response.usage.prompt_tokens, 0);
  assert.equal(frames[4].usage.prompt_tokens, tokens);
});

function assertClose(found: ProbeAnswer, expected: ProbeAnswer): void {
  assert.deepEqual(found.tokens, expected.tokens);
  assert.equal(found.readouts.length, expected.readouts.length);
  for (const [index, cell] of expected.readouts.entries()) {
    const other = found.readouts[index]!;
    assert.deepEqual([other.position, other.site, other.layer], [cell.position, cell.site, cell.layer]);
    for (const [place, { id, logprob }] of cell.top.entries()) {
      assert.equal(other.top[place]!.id, id);
      assert.ok(Math.abs(other.top[place]!.logprob - logprob) < 2e-4);
    }
  }
}

Deno.test("a probe that begins as an earlier one did says how much of it was known, unless it keeps out of the cache", async () => {
  await using running = await runService();
  const ask = async (prompt: string, cache?: boolean) => {
    const question = cache === undefined ? { prompt } : { prompt, cache };
    const { usage } = await running.json<{ usage: { prompt_tokens: number; cached_tokens: number } }>(
      "/probe",
      question,
    );
    return usage;
  };
  assert.equal((await ask(filled[0]!)).cached_tokens, 0);
  const again = await ask(filled[0]!);
  assert.equal(again.cached_tokens, again.prompt_tokens - 2, "the position asked for is computed, and one before it");
  assert.ok((await ask(filled[1]!)).cached_tokens > 5);
  assert.equal((await ask(filled[0]!, false)).cached_tokens, 0);
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  const figure = (name: string) => Number(metrics.match(new RegExp(`^${name} (\\d+)$`, "m"))![1]);
  assert.ok(figure("midstream_cached_tokens_total") > 15);
  assert.ok(figure("midstream_prefix_cache_bytes") > 0);
  assert.ok(figure("midstream_engine_resident_memory_bytes") > 1e7);
});
