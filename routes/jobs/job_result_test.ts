import assert from "node:assert/strict";
import { memoryJobs } from "../testing/memory_jobs.ts";
import { testApp } from "../testing/test_app.ts";
import { ANYBODY } from "../../lab/keys/caller.ts";
import { modelWhenLoaded } from "../loaded_model.ts";
import { memoryLenses } from "../testing/memory_lenses.ts";
import { memoryLens } from "../testing/memory_lens.ts";
import { runPrompts } from "./run_prompts.ts";

const SEED = { sites: ["attn_out", "resid_mid", "mlp_out", "resid_post"], top_k: 10 };

/** A service with a job whose first prompts are answered. */
async function withJob(body: unknown, done = Infinity) {
  const store = memoryJobs();
  const lenses = memoryLenses([memoryLens({ id: "tuned", kind: "tuned", layers: [0, 1, 2, 3] })]);
  const { app, post, parts } = await testApp({ jobs: Promise.resolve(store), lenses: Promise.resolve(lenses) });
  const ndjson = Array.isArray(body)
    ? {
      method: "POST",
      headers: { "Content-Type": "application/x-ndjson" },
      body: body.map((it) => JSON.stringify(it)).join("\n"),
    }
    : undefined;
  const made = await (ndjson ? app.request("/jobs", ndjson) : post("/jobs", body));
  assert.equal(made.status, 202, await made.clone().text());
  const model = modelWhenLoaded(parts);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const prompts = store.promptsOf("job-1").map((line, index) => ({ index, line })).slice(0, done);
  const lines: string[] = [];
  for await (const { index, line } of runPrompts({ ...parts, model })(prompts, ANYBODY, new AbortController().signal)) {
    lines[index] = line;
  }
  store.advance("job-1", lines, done === Infinity ? { state: "succeeded" } : {});
  const get = (query = "", headers: Record<string, string> = {}) =>
    app.request(`/jobs/job-1/result${query}`, { headers });
  return { store, app, get, lines };
}

Deno.test("the result is what is done, a line a prompt, and grows by whole lines", async () => {
  const { store, get, lines, app } = await withJob({ prompts: ["Once", [999], "upon"], layers: [-1], top_k: 2 }, 2);
  const first = await get();
  assert.equal(first.headers.get("Content-Type"), "application/x-ndjson");
  const text = await first.text();
  assert.equal(text, `${lines[0]}\n${lines[1]}\n`);
  const [answered, refused] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(Object.keys(answered), ["index", "response"]);
  assert.equal(refused.problem.status, 422);
  assert.equal(refused.problem.errors[0].pointer, "/prompt/0");
  const known = text.length;
  store.advance("job-1", ['{"index":2,"response":{}}'], { state: "succeeded" });
  const more = await get("", { Range: `bytes=${known}-` });
  assert.equal(more.status, 206);
  assert.equal(await more.text(), '{"index":2,"response":{}}\n');
  assert.equal(more.headers.get("Content-Range"), `bytes ${known}-${known + 25}/${known + 26}`);
  const head = await app.request("/jobs/job-1/result", { method: "HEAD" });
  assert.equal(head.status, 200);
  await store[Symbol.asyncDispose]();
});

Deno.test("the result has an ETag that changes while there is more, and byte ranges in each form", async () => {
  const { store, get } = await withJob({ prompts: ["Once", "upon"], ...SEED }, 1);
  for (const format of ["ndjson", "csv", "seed"]) {
    const response = await get(`?format=${format}`);
    const etag = response.headers.get("ETag")!;
    const whole = new Uint8Array(await response.arrayBuffer());
    assert.ok(whole.byteLength > 500);
    assert.equal((await get(`?format=${format}`, { "If-None-Match": etag })).status, 304);
    const part = await get(`?format=${format}`, { Range: "bytes=100-299", "If-Range": etag });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("Content-Range"), `bytes 100-299/${whole.byteLength}`);
    assert.deepEqual(new Uint8Array(await part.arrayBuffer()), whole.slice(100, 300));
    const other = await get(`?format=${format}`, { Range: "bytes=100-299", "If-Range": '"other"' });
    assert.equal(other.status, 200);
    await other.body?.cancel();
    const behind = await get(`?format=${format}`, { Range: "bytes=99999999-" });
    assert.equal(behind.status, 416);
    assert.equal(behind.headers.get("Content-Range"), `bytes */${whole.byteLength}`);
  }
  const before = (await get()).headers.get("ETag");
  store.advance("job-1", ['{"index":1,"response":{}}']);
  assert.notEqual((await get()).headers.get("ETag"), before);
  assert.equal((await get("?format=xlsx")).status, 422);
  await store[Symbol.asyncDispose]();
});

Deno.test("the table is that of POST /probe/batch, of prompts that are asked alike", async () => {
  for (
    const question of [
      { layers: [0, -1], top_k: 3, track: [" Lily"], against: "tuned", positions: "all" },
      { top_k: 0, statistics: ["entropy"] },
      { lenses: ["tuned", "logit"], positions: [0, -1], statistics: [] },
    ]
  ) {
    const request = {
      prompts: ["Once upon", [999], 'a, "\n小', { messages: [{ role: "user", content: "hi" }] }],
      ...question,
    };
    const { store, get, app } = await withJob(request);
    const batch = await (await app.request("/probe/batch", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept": "text/csv" },
      body: JSON.stringify(request),
    })).text();
    const table = await get("?format=csv");
    assert.equal(table.headers.get("Content-Type"), "text/csv; charset=utf-8; header=present");
    assert.equal(await table.text(), batch);
    assert.equal(await (await get("", { Accept: "text/csv" })).text(), batch);
    await store[Symbol.asyncDispose]();
  }
});

Deno.test("the table of prompts that are asked differently has the statistics of all of them from the start", async () => {
  const { store, get } = await withJob([
    { prompt: "Once", statistics: ["entropy"], layers: [0], top_k: 1 },
    { prompt: "upon", statistics: ["output_rank"], layers: [0], top_k: 1 },
  ], 1);
  const [header, output, top, ...more] = (await (await get("?format=csv")).text()).trimEnd().split("\r\n");
  assert.match(header!, /,prob,entropy,output_rank$/);
  assert.match(output!, /^0,Once,output,.*\d,$/);
  assert.match(top!, /^0,Once,top,.*\d,$/);
  assert.deepEqual(more, []);
  await store[Symbol.asyncDispose]();
});

Deno.test("the seed's form: a header and a row a layer for each prompt, cells are lists of ten", async () => {
  for (const lens of ["logit", "tuned"]) {
    const { store, get } = await withJob({ prompts: ["Once", [999], "upon"], lenses: [lens], ...SEED });
    const text = await (await get("?format=seed")).text();
    assert.ok(text.endsWith("\n") && !text.includes("\r"));
    const rows = text.trimEnd().split("\n");
    const header = "Layer,Attention mechanism,Intermediate residual stream,MLP output,Block output";
    assert.deepEqual(rows.flatMap((row, at) => row === header ? [at] : []), [0, 5, 6]);
    assert.equal(rows.length, 11);
    assert.deepEqual([1, 2, 3, 4].map((at) => rows[at]!.split(",")[0]), ["layer0", "layer1", "layer2", "layer3"]);
    const cell = /^layer0,"(\[.*?\])","/.exec(rows[1]!)![1]!;
    assert.equal(cell.match(/, \d+\.\d+\)/g)!.length, 10);
    // ▁ is spelt by the tuned lens' files, and lost in the logit lens'.
    assert.equal(text.includes("'▁"), lens === "tuned");
    await store[Symbol.asyncDispose]();
  }
});

Deno.test("a job without what the seed's form has is told what lacks", async () => {
  const lacking: [object, RegExp][] = [
    [{ sites: ["resid_post", "mlp_out"] }, /prompt 0 sites lacks attn_out, resid_mid$/],
    [{ lenses: ["logit", "tuned"] }, /lenses names 2/],
    [{ layers: [0, 1, -1] }, /layers has 3 of 4/],
    [{ positions: "all" }, /positions is not "last"/],
    [{ top_k: 9 }, /top_k is 9/],
    [{ norm: "final" }, /norm is "final"/],
  ];
  for (const [change, expected] of lacking) {
    const { store, get } = await withJob({ prompts: ["Once"], ...SEED, ...change });
    const response = await get("?format=seed");
    assert.equal(response.status, 422);
    const { detail, errors } = await response.json();
    assert.match(detail, expected);
    assert.deepEqual({ ...errors[0], detail: "" }, { in: "query", name: "format", detail: "" });
    await store[Symbol.asyncDispose]();
  }
  const given = { prompts: ["Once"], ...SEED, layers: [3, 2, 1, 0, -1], positions: [-1], top_k: 12 };
  const { store, get } = await withJob(given);
  const response = await get("?format=seed");
  assert.equal(response.status, 200);
  assert.equal((await response.text()).split("\n").length, 6);
  await store[Symbol.asyncDispose]();
});
