import assert from "node:assert/strict";
import { ProbeResponse } from "../openapi/schemas/probe_response.ts";
import { float64Cell } from "../lens/algebra_float64.ts";
import { STATISTICS } from "../lens/statistics.ts";
import { DESCRIPTION, logitsOf } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

const PROMPT = " Once upon a time";
const IDS = [1, 5, 6, 7, 8];

async function answerOf(body: Record<string, unknown>) {
  const { post } = await testApp();
  const response = await post("/probe", { prompt: PROMPT, ...body });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  ProbeResponse.parse(answer);
  return answer;
}

Deno.test("POST /probe says of each cell what its logits say", async () => {
  const answer = await answerOf({
    layers: [1],
    positions: [2],
    top_k: 4,
    track: [" Lily"],
    statistics: STATISTICS.map((it) => it.name),
    against: "logit",
  });
  const logits = logitsOf(IDS, 2, { site: "resid_post", layer: 1 }, DESCRIPTION.vocabulary);
  const output = logitsOf(IDS, 2, { site: "resid_post", layer: DESCRIPTION.layers - 1 }, DESCRIPTION.vocabulary);
  const cell = float64Cell(logits, output, IDS[3]);
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) <= 2e-6 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

  const [readout] = answer.readouts;
  assert.equal(readout.top.length, 4);
  for (const { id, logit, logprob, prob } of readout.top) {
    near(logit, logits[id]!);
    near(logprob, cell.lens.logProbability(id));
    near(prob, Math.exp(cell.lens.logProbability(id)));
  }
  assert.equal(readout.top[0].id, cell.lens.top);
  assert.deepEqual(readout.tracked.map((it: { id: number; rank: number }) => [it.id, it.rank]), [[
    9,
    cell.lens.rank(9),
  ]]);
  near(readout.tracked[0].logprob, cell.lens.logProbability(9));
  for (const { name, type, formula } of STATISTICS) {
    if (type === "boolean") assert.equal(readout[name], formula(cell) === 1);
    else near(readout[name], formula(cell));
  }
  near(answer.output[0].entropy, STATISTICS[0].formula(float64Cell(output, output)));
  assert.equal(answer.output[0].top[0].id, float64Cell(output, output).lens.top);
});

Deno.test("POST /probe orders cells by position, lens, site, layer, each once, whatever the order of the request", async () => {
  const answer = await answerOf({
    sites: ["resid_post", "resid_pre", "resid_post"],
    layers: [-1, 0, 3, 0],
    positions: [-1, 0, 4],
    lenses: ["logit", "logit"],
    top_k: 0,
  });
  const cells = answer.readouts.map((it: Record<string, unknown>) => [it.position, it.lens, it.site, it.layer]);
  const expected = [0, 4].flatMap((position) =>
    ["resid_pre", "resid_post"].flatMap((site) => [0, 3].map((layer) => [position, "logit", site, layer]))
  );
  assert.deepEqual(cells, expected);
  assert.deepEqual(answer.lenses, [{ id: "logit", kind: "logit" }]);
  assert.deepEqual(answer.tokens.map((it: { id: number }) => it.id), IDS);
  assert.deepEqual(answer.readouts[0].top, []);
});

Deno.test("POST /probe defaults to the last position, all layers of resid_post, ten tokens and three statistics", async () => {
  const { readouts, norm, output } = await answerOf({});
  assert.deepEqual(readouts.map((it: { layer: number }) => it.layer), [0, 1, 2, 3]);
  assert.equal(norm, "own");
  assert.equal(output.length, 1);
  assert.equal(readouts[0].position, 4);
  assert.equal(readouts[0].top.length, 10);
  const members = [
    "position",
    "lens",
    "site",
    "layer",
    "top",
    "tracked",
    "entropy",
    "kl_output_lens",
    "output_rank",
    "warnings",
  ];
  assert.deepEqual(Object.keys(readouts[0]), members);
});

Deno.test("POST /probe says null where the prompt has no next token", async () => {
  const { readouts } = await answerOf({ positions: "all", layers: [0], statistics: ["cross_entropy", "next_rank"] });
  assert.ok(
    readouts.slice(0, -1).every((it: Record<string, unknown>) =>
      typeof it.cross_entropy === "number" && Number.isInteger(it.next_rank)
    ),
  );
  assert.deepEqual([readouts.at(-1).cross_entropy, readouts.at(-1).next_rank], [null, null]);
});

Deno.test("POST /probe takes ids verbatim, and messages through the template", async () => {
  const ids = (await answerOf({ prompt: [7, 8] })).tokens.map((it: { id: number }) => it.id);
  assert.deepEqual(ids, [7, 8]);
  const chat = await answerOf({ prompt: { messages: [{ role: "user", content: " a" }] } });
  assert.deepEqual(chat.tokens.map((it: { id: number }) => it.id), [1, 7]);
  assert.deepEqual((await answerOf({ add_special_tokens: false })).tokens.length, 4);
  assert.deepEqual((await answerOf({ prompt: "" })).tokens.map((it: { piece: string }) => it.piece), ["<s>"]);
});

Deno.test("POST /probe follows texts, then ids, each once", async () => {
  const { readouts, warnings } = await answerOf({ track: [" Lily", " a"], track_ids: [8, 7], layers: [0] });
  assert.deepEqual(readouts[0].tracked.map((it: { id: number }) => it.id), [9, 7, 8]);
  assert.deepEqual(warnings, []);
});

Deno.test("POST /probe bills the tokens, the rows and the time", async () => {
  const { post, lines } = await testApp();
  const response = await post("/probe", { prompt: PROMPT, sites: ["resid_pre", "resid_post"], positions: "all" });
  const { usage, timing } = await response.json();
  // Input of block 0, then the outputs of four blocks: inputs of later blocks are outputs of earlier ones.
  assert.deepEqual(usage, { prompt_tokens: 5, cached_tokens: 0, rows: 5 * 5 });
  assert.equal(timing.forward_ms, 1.5);
  assert.match(
    response.headers.get("Server-Timing")!,
    /^queue;dur=[\d.]+, tokenize;dur=[\d.]+, forward;dur=1.5, lens;dur=0.25$/,
  );
  assert.equal(lines.at(-1)?.properties.rows, 25);
  assert.equal(lines.at(-1)?.properties.route, "/probe");
});

Deno.test("POST /probe chooses the form by Accept, and JSON for what it does not know", async () => {
  const { post } = await testApp();
  const typeFor = async (Accept: string) => {
    const response = await post("/probe", { prompt: PROMPT, top_k: 1, layers: [0] }, { Accept });
    assert.equal(response.headers.get("Vary"), "Accept");
    await response.text();
    return response.headers.get("Content-Type")!.split(";")[0];
  };
  assert.equal(await typeFor("text/csv"), "text/csv");
  assert.equal(await typeFor("text/plain"), "text/plain");
  assert.equal(await typeFor("*/*"), "application/json");
  assert.equal(await typeFor("text/html, image/png"), "application/json");
  assert.equal(await typeFor("application/json;q=0.4, text/csv;q=0.5"), "text/csv");
  assert.equal(await typeFor("text/csv;q=0, application/json;q=0.1"), "application/json");
});

Deno.test("POST /probe without a tokenizer takes ids, and says that pieces are unknown", async () => {
  const { post } = await testApp({ tokenizer: Promise.resolve({ unavailable: "the model has no tokenizer.json" }) });
  const answer = await (await post("/probe", { prompt: [1, 2], track_ids: [3] })).json();
  assert.deepEqual(answer.warnings, ["pieces and texts are empty: the model has no tokenizer.json"]);
  assert.equal(answer.readouts[0].tracked[0].id, 3);
  const text = await (await post("/probe", { prompt: "a", track: ["b"] })).json();
  assert.equal(text.status, 422);
  assert.equal(text.type, "urn:midstream:problem:no-tokenizer");
  assert.deepEqual(text.errors.map((it: { pointer: string }) => it.pointer), ["/prompt", "/track"]);
});
