import { NO_COST } from "../lab/admission/cost.ts";
import assert from "node:assert/strict";
import { ProbeFrame } from "../openapi/schemas/frames.ts";
import { Admission } from "../lab/admission/admission.ts";
import { probeStream } from "./probe_stream.ts";
import { modelWhenLoaded } from "./loaded_model.ts";
import { EngineUnavailable } from "../model/engine/engine.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { authenticate } from "./authenticate.ts";
import { testApp } from "./testing/test_app.ts";

const PROMPT = " Once upon a time";

async function framesOf(response: Response) {
  assert.equal(response.headers.get("Content-Type"), "application/x-ndjson");
  const lines = (await response.text()).split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => ProbeFrame.parse(JSON.parse(line)) as Record<string, unknown> & { type: string });
}

Deno.test("POST /probe/stream gives the cells of POST /probe, position by position", async () => {
  const { post, lines } = await testApp();
  const body = { prompt: PROMPT, positions: "all", sites: ["resid_pre", "resid_post"], top_k: 2, track: [" Lily"] };
  const whole = await (await post("/probe", body)).json();
  const frames = await framesOf(await post("/probe/stream", body));
  const bare = (type: string) => frames.filter((it) => it.type === type).map(({ type: _, ...rest }) => rest);
  assert.deepEqual(frames.map((it) => it.type).filter((type) => type !== "readout"), [
    "start",
    ...Array(5).fill("output"),
    "end",
  ]);
  assert.deepEqual(bare("readout"), whole.readouts);
  assert.deepEqual(bare("output"), whole.output);
  const { model, lenses, norm, tokens, warnings } = whole;
  assert.deepEqual(bare("start"), [{ model, lenses, norm, tokens, layers: [0, 1, 2, 3], rows: 40, warnings }]);
  assert.deepEqual((bare("end")[0]?.usage as { rows: number }).rows, whole.usage.rows);
  assert.equal(lines.at(-1)?.properties.rows, whole.usage.rows);
});

Deno.test("POST /probe/stream answers a refusal with its status while nothing was sent", async () => {
  const { post } = await testApp();
  const response = await post("/probe/stream", { prompt: PROMPT, layers: [7] });
  assert.equal(response.status, 422);
  assert.equal((await response.json()).type, "urn:midstream:problem:out-of-range");
});

Deno.test("POST /probe/stream ends in an error frame when the work fails on the way", async () => {
  const engine = memoryEngine({
    beforePosition: (position) => {
      if (position === 2) throw new EngineUnavailable("the engine ended", 1);
    },
  });
  const admission = new Admission();
  const { post } = await testApp({ engine, admission });
  const frames = await framesOf(await post("/probe/stream", { prompt: PROMPT, positions: "all", layers: [0] }));
  assert.deepEqual(frames.map((it) => it.type), ["start", "output", "readout", "output", "readout", "error"]);
  assert.equal((frames.at(-1)?.problem as { status: number }).status, 503);
  assert.equal(admission.running, 0);
});

Deno.test("POST /probe/stream tells the place in the queue while it waits", async () => {
  const admission = new Admission({ places: 4, parallel: 1 });
  const signal = new AbortController().signal;
  const [working, ahead] = [
    await admission.enter({ key: null, cost: NO_COST }, signal),
    admission.enter({ key: null, cost: NO_COST }, signal),
  ];
  const { post } = await testApp({ admission });
  const response = await post("/probe/stream", { prompt: PROMPT, layers: [0] });
  const text = framesOf(response);
  await new Promise((resolve) => setTimeout(resolve, 5));
  working.release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  (await ahead).release();
  const frames = await text;
  assert.deepEqual(frames.map(({ type, position }) => [type, position]).slice(0, 3), [
    ["queued", 2],
    ["queued", 1],
    ["start", undefined],
  ]);
  assert.equal(frames.at(-1)?.type, "end");
});

Deno.test("POST /probe/stream sends pings while the work is silent", async () => {
  const engine = memoryEngine({ beforePosition: () => new Promise((resolve) => setTimeout(resolve, 60)) });
  const { app, parts } = await testApp({ engine });
  const { handler } = probeStream({ ...parts, model: modelWhenLoaded(parts), silenceMs: 10 });
  await new Promise((resolve) => setTimeout(resolve, 0));
  app.on("POST", "/impatient", authenticate(parts, "read"), handler);
  const response = await app.request("/impatient", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: PROMPT, layers: [0] }),
  });
  const types = (await framesOf(response)).map((it) => it.type);
  assert.ok(types.filter((type) => type === "ping").length >= 2, types.join());
  assert.deepEqual(types.filter((type) => type !== "ping"), ["start", "output", "readout", "end"]);
});

Deno.test("POST /probe/stream stops the work when its reader goes away", async () => {
  let aborted = false;
  let decoded = 0;
  const engine = memoryEngine({
    beforePosition: (_, signal) => {
      decoded++;
      signal.addEventListener("abort", () => aborted = true);
    },
  });
  const admission = new Admission();
  const { post, lines } = await testApp({ engine, admission });
  const response = await post("/probe/stream", { prompt: PROMPT, positions: "all", layers: [0] });
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  assert.equal(admission.running, 1);
  await reader.cancel();
  assert.deepEqual([aborted, admission.running], [true, 0]);
  assert.ok(decoded < 5, `${decoded} positions were decoded for nobody`);
  assert.equal(lines.at(-1)?.properties.hung_up, true);
});

Deno.test("POST /probe/stream frees its place when nobody reads at all", async () => {
  const admission = new Admission();
  const { post } = await testApp({ admission });
  const response = await post("/probe/stream", { prompt: PROMPT });
  await response.body!.cancel();
  assert.equal(admission.running, 0);
});

Deno.test("POST /probe/stream computes no further than it is read", async () => {
  let decoded = 0;
  const engine = memoryEngine({ beforePosition: () => void decoded++ });
  const { post } = await testApp({ engine });
  const response = await post("/probe/stream", { prompt: PROMPT, positions: "all" });
  const reader = response.body!.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(decoded <= 1, `${decoded} positions wait in memory`);
  await reader.cancel();
});
