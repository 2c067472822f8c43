import { NO_COST } from "../lab/admission/cost.ts";
import assert from "node:assert/strict";
import { Admission } from "../lab/admission/admission.ts";
import { SelfCheck } from "../openapi/schemas/self_check.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

Deno.test("GET /self-check tells of every invariant, and an engine that makes its numbers up does not pass", async () => {
  const { app } = await testApp();
  const response = await app.request("/self-check");
  assert.equal(response.status, 200);
  const report = SelfCheck.parse(await response.json());
  assert.equal(report.model.id, "memory");
  assert.equal(report.tokens, 64);
  const verdicts = Object.fromEntries(report.invariants.map(({ name, verdict }) => [name, verdict]));
  assert.equal(verdicts.attention_adds_up, "fail");
  assert.equal(verdicts.chunked_is_whole, "pass");
  assert.equal(verdicts.float64_states, "skipped");
  assert.equal(report.passed, false);
});

Deno.test("GET /self-check waits its turn as a probe does, and is refused where there is no place", async () => {
  const admission = new Admission({ places: 1, parallel: 1 });
  const { app } = await testApp({ admission });
  const permit = await admission.enter({ key: null, cost: NO_COST }, new AbortController().signal);
  const waiting = app.request("/self-check");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(admission.waiting, 1);
  const refused = await app.request("/self-check");
  assert.equal(refused.status, 429);
  permit.release();
  assert.equal((await waiting).status, 200);
  assert.equal(admission.running, 0);
});

Deno.test("GET /self-check is 503 while the model is being loaded", async () => {
  const { app } = await testApp({ engine: memoryEngine({ state: "starting" }) });
  assert.equal((await app.request("/self-check")).status, 503);
});
