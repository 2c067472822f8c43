import { deepEqual, equal } from "node:assert/strict";
import { METRICS } from "./metric_table.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";
import { RunTimes } from "../model/engine/run_times.ts";

/** Name → type, as the text declares them. */
function declared(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
}

function valueOf(text: string, series: string): number {
  const line = text.split("\n").find((line) => line.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

Deno.test("GET /metrics has every metric of the table, and none else", async () => {
  const { app } = await testApp();
  const expected = Object.fromEntries(Object.values(METRICS).map(({ name, type }) => [name, type as string]));
  deepEqual(declared(await (await app.request("/metrics")).text()), expected);
});

Deno.test("a refusal is counted by its problem, whole and in a stream", async () => {
  const { app, post } = await testApp();
  await post("/probe", {});
  await app.request("/nothing");
  equal((await app.request("/nothing", { method: "DELETE" })).status, 404);
  await (await post("/probe/stream", { prompt: "abc", lenses: ["none"] })).text();
  const text = await (await app.request("/metrics")).text();
  equal(valueOf(text, 'midstream_refusals_total{problem="not-found"}'), 2);
  equal(valueOf(text, 'midstream_refusals_total{problem="invalid-request"}'), 1);
  equal(valueOf(text, 'midstream_refusals_total{problem="unknown-lens"}'), 1);
});

Deno.test("a probe's time in the blocks and in the lens head is in the histograms", async () => {
  const { app, post } = await testApp();
  equal((await post("/probe", { prompt: "abc" })).status, 200);
  const text = await (await app.request("/metrics")).text();
  equal(valueOf(text, "midstream_forward_seconds_count"), 1);
  equal(valueOf(text, "midstream_forward_seconds_sum"), 0.0015);
  equal(valueOf(text, "midstream_lens_seconds_sum"), 0.00025);
});

Deno.test("the engine's own histograms are passed on", async () => {
  const times = new RunTimes();
  times.observe("head", 0.03);
  const engine = {
    ...memoryEngine(),
    memory: () => Promise.resolve({ rssBytes: 1, prefixCacheBytes: 2, runs: times.histograms }),
    restarts: 3,
  };
  const { app } = await testApp({ engine });
  const text = await (await app.request("/metrics")).text();
  equal(valueOf(text, 'midstream_engine_run_seconds_bucket{le="0.025",graph="head"}'), 0);
  equal(valueOf(text, 'midstream_engine_run_seconds_bucket{le="0.05",graph="head"}'), 1);
  equal(valueOf(text, 'midstream_engine_run_seconds_bucket{le="+Inf",graph="head"}'), 1);
  equal(valueOf(text, 'midstream_engine_run_seconds_sum{graph="head"}'), 0.03);
  equal(valueOf(text, "midstream_engine_restarts_total"), 3);
});

Deno.test("a balancer that finds a replica not ready is no refusal", async () => {
  const { app } = await testApp({ engine: memoryEngine({ state: "restarting" }) });
  equal((await app.request("/readyz")).status, 503);
  const text = await (await app.request("/metrics")).text();
  equal(text.includes("midstream_refusals_total{"), false);
});
