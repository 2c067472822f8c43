import assert from "node:assert/strict";
import { testApp } from "./testing/test_app.ts";

Deno.test("GET /metrics counts requests by route and status, tokens and rows", async () => {
  const { app, post } = await testApp();
  await post("/probe", { prompt: [1, 2, 3], layers: [0] });
  await post("/probe", {});
  await app.request("/nothing/at/all");
  await (await post("/probe/stream", { prompt: [1, 2], layers: [-1] })).text();
  const response = await app.request("/metrics");
  const text = await response.text();
  assert.match(response.headers.get("Content-Type")!, /^text\/plain/);
  for (
    const line of [
      'midstream_requests_total{route="/probe",method="POST",status="200"} 1',
      'midstream_requests_total{route="/probe",method="POST",status="422"} 1',
      'midstream_requests_total{route="unknown",method="GET",status="404"} 1',
      'midstream_requests_total{route="/probe/stream",method="POST",status="200"} 1',
      "midstream_prompt_tokens_total 5",
      "midstream_decoded_rows_total 3",
      "midstream_queue_waiting 0",
      "midstream_ready 1",
    ]
  ) assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
  assert.ok(!text.includes("eventloop"));
});
