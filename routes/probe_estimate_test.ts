import assert from "node:assert/strict";
import { testApp } from "./testing/test_app.ts";

const PROMPT = [1, 5, 9, 12];

Deno.test("POST /probe/estimate says what the probe then takes", async () => {
  const { post } = await testApp();
  const request = { prompt: PROMPT, positions: "all", sites: ["resid_pre", "resid_post"] };
  const response = await post("/probe/estimate", request);
  assert.equal(response.status, 200);
  const estimate = await response.json();
  const answer = await post("/probe", request);
  const text = await answer.text();
  const { usage } = JSON.parse(text);
  assert.deepEqual([estimate.prompt_tokens, estimate.rows], [usage.prompt_tokens, usage.rows]);
  const off = estimate.response_bytes / text.length;
  assert.ok(off > 0.5 && off < 2, `${estimate.response_bytes} for ${text.length} bytes`);
  assert.deepEqual([estimate.quota, estimate.estimate_error, estimate.wait_ms], [[], null, 0]);
  // One probe has been seen: 1.5 ms of forward pass and 0.25 ms of lens in the engine of tests.
  const again = await (await post("/probe/estimate", request)).json();
  assert.equal(again.estimated_ms, 1.75);
});

Deno.test("POST /probe/estimate refuses what POST /probe would, and runs nothing", async () => {
  const { post, parts } = await testApp({ settings: { maxResponseBytes: 1024 } });
  const refused = await post("/probe/estimate", { prompt: PROMPT, layers: [7], lenses: ["none"] });
  assert.equal(refused.status, 422);
  assert.equal((await refused.json()).errors.length, 2);
  const large = { prompt: PROMPT, positions: "all", top_k: 48 };
  assert.equal((await post("/probe", large)).status, 422);
  assert.equal((await post("/probe/estimate", large)).status, 200, "an estimate of what is too large is worth having");
  assert.match(await parts.metrics.registry.metrics(), /midstream_decoded_rows_total 0/);
});

Deno.test("POST /probe/estimate says what it takes of the key's quotas; answers tell what is left", async () => {
  const quotas = { promptTokensPerMinute: 10, rowsPerMinute: 1000, requestsInFlight: 3 };
  const { app } = await testApp({
    gate: { keyring: { authenticate: () => ({ id: "ann", role: "read", quotas }) }, attempts: { add: () => 0 } },
  });
  const post = (path: string, body: unknown) =>
    app.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Authorization": "Bearer x" },
      body: JSON.stringify(body),
    });
  const { quota } = await (await post("/probe/estimate", { prompt: PROMPT })).json();
  assert.deepEqual(quota, [
    { name: "prompt-tokens", quota: 10, takes: 4, remaining: 10 },
    { name: "rows", quota: 1000, takes: 4, remaining: 1000 },
    { name: "requests-in-flight", quota: 3, takes: 1, remaining: 3 },
  ]);
  const first = await post("/probe", { prompt: PROMPT });
  assert.equal(
    first.headers.get("RateLimit-Policy"),
    '"prompt-tokens";q=10;w=60, "rows";q=1000;w=60, "requests-in-flight";q=3',
  );
  assert.match(
    first.headers.get("RateLimit")!,
    /^"prompt-tokens";r=6;t=2\d, "rows";r=99\d;t=1, "requests-in-flight";r=3$/,
  );
  assert.equal((await post("/probe", { prompt: PROMPT })).status, 200);
  const third = await post("/probe", { prompt: PROMPT });
  assert.equal(third.status, 429);
  assert.match(third.headers.get("Retry-After")!, /^1[0-2]$/);
  assert.equal((await third.json()).type, "urn:midstream:problem:quota-used-up");
});
