import assert from "node:assert/strict";
import { ModelInfo } from "../openapi/schemas/model_info.ts";
import { DESCRIPTION } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

Deno.test("GET /model says what is loaded and every limit", async () => {
  const { app } = await testApp({ settings: { maxTokens: 40 } });
  const info = ModelInfo.parse(await (await app.request("/model")).json());
  assert.deepEqual([info.id, info.layers, info.d_model, info.context], ["memory", 4, 8, DESCRIPTION.context]);
  assert.deepEqual([info.limits.prompt_tokens, info.limits.prompt_characters], [40, 400]);
  assert.deepEqual(info.sites.map((it) => it.name), ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"]);
  assert.equal(info.statistics.find((it) => it.name === "next_rank")?.nullable, true);
  assert.deepEqual([info.tokenizer, info.chat_template], [true, true]);
});

Deno.test("GET /model says what the precision was measured to do, and null where it was not", async () => {
  const unmeasured = ModelInfo.parse(await (await (await testApp()).app.request("/model")).json());
  assert.equal(unmeasured.fidelity, null);
  const pre = { state: "resid_pre.0", positions: 30, kl: 1e-9, top1Agreement: 1, meanRank: 1 } as const;
  const output = { state: "resid_post.3", positions: 2000, kl: 1e-5, top1Agreement: 0.998, meanRank: 1.002 } as const;
  const fidelity = Promise.resolve({ precision: "q16", weightsBytes: 1000, output, states: [pre, output] } as const);
  const info = ModelInfo.parse(await (await (await testApp({ fidelity })).app.request("/model")).json());
  const ofOutput = { positions: 2000, kl: 1e-5, top1_agreement: 0.998, mean_rank: 1.002 };
  assert.deepEqual(info.fidelity, {
    ...ofOutput,
    states: [
      { site: "resid_pre", layer: 0, positions: 30, kl: 1e-9, top1_agreement: 1, mean_rank: 1 },
      { site: "resid_post", layer: 3, ...ofOutput },
    ],
  });
});

Deno.test("GET /model answers 304 to who has it already", async () => {
  const { app } = await testApp();
  const etag = (await app.request("/model")).headers.get("ETag")!;
  assert.match(etag, /^"[0-9a-f]{64}"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const response = await app.request("/model", { headers: { "If-None-Match": known } });
    assert.deepEqual([response.status, await response.text(), response.headers.get("ETag")], [304, "", etag], known);
  }
  assert.equal((await app.request("/model", { headers: { "If-None-Match": '"other"' } })).status, 200);
  const other = await testApp({ settings: { maxTokens: 3 } });
  assert.notEqual((await other.app.request("/model")).headers.get("ETag"), etag);
});
