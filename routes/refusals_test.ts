import { NO_COST } from "../lab/admission/cost.ts";
import assert from "node:assert/strict";
import { Problem } from "../openapi/problem.ts";
import { EngineUnavailable } from "../model/engine/engine.ts";
import { Admission } from "../lab/admission/admission.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

const PROMPT = " Once upon a time";

async function problemOf(response: Response | Promise<Response>) {
  const answer = await response;
  assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
  const problem = Problem.parse(await answer.json());
  assert.equal(problem.status, answer.status);
  assert.equal(problem.instance, `urn:midstream:request:${answer.headers.get("X-Request-Id")}`);
  return { ...problem, kind: problem.type.split(":").at(-1), pointers: problem.errors?.map((it) => it.pointer) };
}

/** Bodies of POST /probe that are refused with 422: the kind, the pointers, and what the detail names. */
const UNACCEPTABLE: readonly [title: string, body: unknown, kind: string, pointers: string[], detail: RegExp][] = [
  ["a missing prompt", {}, "invalid-request", ["/prompt"], /prompt is missing/],
  ["a body that is no object", [1], "invalid-request", [""], /the body must be an object, not an array/],
  ["an unknown member", { prompt: PROMPT, topk: 3 }, "invalid-request", ["/topk"], /no member "topk"/],
  ["__proto__", `{"prompt":"a","__proto__":{"x":1}}`, "invalid-request", ["/__proto__"], /no member/],
  ["two unknown members", { prompt: PROMPT, versus: "x", cached: true }, "invalid-request", [
    "/versus",
    "/cached",
  ], /2 faults/],
  ["a pointer that needs escaping", { prompt: PROMPT, "a/b~": 1 }, "invalid-request", ["/a~1b~0"], /no member/],
  [
    "wrong types",
    { prompt: 3, top_k: "x" },
    "invalid-request",
    ["/prompt", "/top_k"],
    /prompt must be a text, an array of token ids/,
  ],
  [
    "a wrong item of a prompt of ids",
    { prompt: [1, "a", 2.5] },
    "invalid-request",
    ["/prompt/1", "/prompt/2"],
    /prompt\[1\] must be a number, not a text/,
  ],
  [
    "a wrong message",
    { prompt: { messages: [{ role: "user" }] } },
    "invalid-request",
    ["/prompt/messages/0/content"],
    /is missing/,
  ],
  ["numbers beyond every range", `{"prompt":"a","top_k":1e999}`, "invalid-request", ["/top_k"], /beyond every range/],
  ["a lone surrogate", `{"prompt":"\\ud800"}`, "invalid-request", ["/prompt"], /lone surrogate/],
  [
    "an unknown keyword",
    { prompt: PROMPT, positions: "first" },
    "invalid-request",
    ["/positions"],
    /"last", "all", or an array/,
  ],
  ["an unknown site", { prompt: PROMPT, sites: ["resid"] }, "invalid-request", ["/sites/0"], /one of "resid_pre"/],
  ["top_k beyond its range", { prompt: PROMPT, top_k: 101 }, "invalid-request", ["/top_k"], /at most 100/],
  ["no ids", { prompt: [] }, "invalid-request", ["/prompt"], /at least 1 item/],
  [
    "an unknown lens",
    { prompt: PROMPT, lenses: ["logit", "mine"] },
    "unknown-lens",
    ["/lenses/1"],
    /no lens "mine"; there is "logit"/,
  ],
  [
    "a layer beyond the last",
    { prompt: PROMPT, layers: [0, 4, -5] },
    "out-of-range",
    ["/layers/1", "/layers/2"],
    /0 to 3, or -4 to -1/,
  ],
  [
    "a position beyond the prompt",
    { prompt: PROMPT, positions: [5] },
    "out-of-range",
    ["/positions/0"],
    /prompt of 5 tokens: positions are 0 to 4/,
  ],
  [
    "ids outside the vocabulary",
    { prompt: [48], track_ids: [99] },
    "unknown-token",
    ["/prompt/0", "/track_ids/0"],
    /ids are 0 to 47/,
  ],
  [
    "a tracked text of several tokens",
    { prompt: PROMPT, track: ["Lily"] },
    "unknown-token",
    ["/track/0"],
    /splits into .* leading space/,
  ],
  [
    "a prompt longer than the context",
    { prompt: Array(65).fill(1) },
    "prompt-too-long",
    ["/prompt"],
    /65 tokens; this service takes 64/,
  ],
  [
    "a text too long to be tokenised",
    { prompt: "a".repeat(641) },
    "prompt-too-long",
    ["/prompt"],
    /641 characters; 64 tokens have at most 640/,
  ],
  ["a prompt without a token", { prompt: "", add_special_tokens: false }, "prompt-empty", ["/prompt"], /no token/],
  [
    "messages that the template refuses",
    { prompt: { messages: [{ role: "assistant", content: "a" }] } },
    "text-not-accepted",
    ["/prompt"],
    /begins with the user/,
  ],
  ["faults of several kinds, by the first one's", { prompt: [48], lenses: ["x"], layers: [9] }, "unknown-token", [
    "/prompt/0",
    "/lenses/0",
    "/layers/0",
  ], /3 faults/],
];

for (const [title, body, kind, pointers, detail] of UNACCEPTABLE) {
  Deno.test(`POST /probe refuses ${title}`, async () => {
    const { post } = await testApp();
    const problem = await problemOf(post("/probe", body));
    assert.deepEqual([problem.status, problem.kind, problem.pointers], [422, kind, pointers]);
    assert.match(problem.detail, detail);
  });
}

Deno.test("POST /probe lists at most fifty faults, and says how many there are", async () => {
  const { post } = await testApp();
  const problem = await problemOf(post("/probe", { prompt: Array(200).fill("x") }));
  assert.equal(problem.errors?.length, 50);
  assert.match(problem.detail, /^200 faults/);
});

Deno.test("POST /probe refuses an answer above the cap before it runs, with the way out", async () => {
  let ran = 0;
  const engine = memoryEngine({ beforePosition: () => void ran++ });
  const { post } = await testApp({ engine, settings: { maxResponseBytes: 5000 } });
  const problem = await problemOf(post("/probe", { prompt: PROMPT, positions: "all" }));
  assert.deepEqual([problem.kind, ran], ["response-too-large", 0]);
  assert.match(problem.detail, /20 cells .* more than 5000 bytes .*positions, layers.*\/probe\/stream/);
  assert.equal((await post("/probe/stream", { prompt: PROMPT, positions: "all" })).status, 200);
});

Deno.test("a body that is no JSON, no UTF-8, of another type or too large is refused", async () => {
  const { app, post } = await testApp({ settings: { maxBodyBytes: 1000 } });
  const json = { "Content-Type": "application/json" };
  const send = (body: BodyInit | null, headers: Record<string, string> = json) =>
    problemOf(app.request("/probe", { method: "POST", headers, body }));
  assert.equal((await send("{")).status, 400);
  assert.equal((await send("")).status, 400);
  assert.match((await send(new Uint8Array([0x22, 0xff, 0x22]))).detail, /not UTF-8/);
  assert.equal((await send("[".repeat(900))).status, 400);
  assert.equal((await problemOf(post("/probe", `{"prompt":${"[".repeat(400)}${"]".repeat(400)}}`))).status, 422);
  for (const type of ["text/plain", "application/jsonp", "application/json; charset=utf-16"]) {
    assert.equal((await send("{}", { "Content-Type": type })).status, 415);
  }
  assert.equal((await send(new Blob(["{}"]), {})).status, 415);
  assert.equal((await problemOf(post("/probe", { prompt: "a".repeat(1000) }))).status, 413);
});

Deno.test("a body without Content-Length is read no further than the bound", async () => {
  const { app } = await testApp({ settings: { maxBodyBytes: 1000 } });
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 300;
      controller.enqueue(new Uint8Array(300).fill(0x20));
    },
  });
  const request = new Request("http://localhost/probe", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: endless,
  });
  assert.equal((await problemOf(app.request(request))).status, 413);
  assert.ok(sent < 2500, `${sent} bytes were taken`);
});

Deno.test("unknown paths and methods are problems; Allow lists what a path takes", async () => {
  const { app } = await testApp();
  assert.equal((await problemOf(app.request("/nothing"))).kind, "not-found");
  assert.equal((await problemOf(app.request("/probe/", { method: "POST" }))).kind, "not-found");
  const refused = await app.request("/model", { method: "DELETE" });
  assert.equal(refused.headers.get("Allow"), "GET, HEAD, OPTIONS");
  assert.equal((await problemOf(refused)).kind, "method-not-allowed");
  const options = await app.request("/probe", { method: "OPTIONS" });
  assert.deepEqual([options.status, options.headers.get("Allow"), await options.text()], [204, "POST, OPTIONS", ""]);
  const head = await app.request("/model", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.equal((await app.request("/probe", { method: "HEAD" })).status, 405);
});

Deno.test("a model that is not there yet is a 503 with Retry-After, on /readyz too; /livez answers", async () => {
  const { app, post } = await testApp({ engine: memoryEngine({ state: "starting" }) });
  for (
    const response of [
      await post("/probe", { prompt: PROMPT }),
      await app.request("/readyz"),
      await app.request("/model"),
    ]
  ) {
    assert.match(response.headers.get("Retry-After")!, /^[1-9]\d*$/);
    assert.equal((await problemOf(response)).kind, "engine-unavailable");
  }
  assert.equal((await app.request("/livez")).status, 200);
});

Deno.test("an engine that dies under a probe is a 503, and a fault of ours a 500 that tells nothing", async () => {
  const fails = (error: Error) => testApp({ engine: memoryEngine({ beforePosition: () => Promise.reject(error) }) });
  const dead = await (await fails(new EngineUnavailable("the engine ended", 3))).post("/probe", { prompt: PROMPT });
  assert.equal(dead.headers.get("Retry-After"), "3");
  assert.equal((await problemOf(dead)).status, 503);

  const { post, lines } = await fails(new Error("secret at /srv/models/x"));
  const problem = await problemOf(post("/probe", { prompt: PROMPT }, { "X-Request-Id": "mine.1" }));
  assert.deepEqual([problem.status, problem.instance], [500, "urn:midstream:request:mine.1"]);
  assert.ok(!JSON.stringify(problem).includes("secret"));
  const logged = lines.find((line) => line.level === "error");
  assert.equal(logged?.properties.request_id, "mine.1");
  assert.match(String(logged?.properties.error), /secret/);
});

Deno.test("a full queue is a 429 before the tokenizer is asked, a draining service a 503", async () => {
  const admission = new Admission({ places: 0, parallel: 1 });
  const permit = await admission.enter({ key: null, cost: NO_COST }, new AbortController().signal);
  const { post } = await testApp({ admission });
  const full = await post("/probe", { prompt: "a".repeat(9999) });
  assert.match(full.headers.get("Retry-After")!, /^[1-9]\d*$/);
  assert.equal((await problemOf(full)).kind, "queue-full");
  assert.equal((await problemOf(post("/activations", { prompt: PROMPT }))).kind, "queue-full");
  permit.release();
  assert.equal((await post("/probe", { prompt: PROMPT })).status, 200);

  const stopping = await testApp({
    draining: () => true,
    admission: drainingAdmission(),
  });
  assert.equal((await problemOf(stopping.post("/probe", { prompt: PROMPT }))).kind, "draining");
  assert.equal((await problemOf(stopping.app.request("/readyz"))).kind, "draining");
});

Deno.test("a request that takes too long is a 504, and its work is stopped", async () => {
  let stopped = false;
  const engine = memoryEngine({
    beforePosition: (_, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(new DOMException("aborted", "AbortError"));
        })
      ),
  });
  const admission = new Admission();
  const { post } = await testApp({ engine, admission, settings: { requestTimeoutMs: 30 } });
  const problem = await problemOf(post("/probe", { prompt: PROMPT }));
  assert.deepEqual([problem.status, stopped, admission.running], [504, true, 0]);
});

Deno.test("a client that hangs up stops the work and frees its place", async () => {
  const client = new AbortController();
  const admission = new Admission();
  const engine = memoryEngine({
    beforePosition: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        client.abort();
      }),
  });
  const { app, lines } = await testApp({ engine, admission });
  const headers = { "Content-Type": "application/json" };
  await app.request("/probe", {
    method: "POST",
    headers,
    body: JSON.stringify({ prompt: PROMPT }),
    signal: client.signal,
  });
  assert.equal(admission.running, 0);
  assert.deepEqual(lines.map(({ level, properties }) => [level, properties.status]), [["info", 499]]);
});

function drainingAdmission(): Admission {
  const admission = new Admission();
  admission.drain(new AbortController().signal);
  return admission;
}
