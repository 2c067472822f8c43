import assert from "node:assert/strict";
import { testApp } from "./testing/test_app.ts";

async function idFor(given?: string): Promise<string> {
  const { app } = await testApp();
  const response = await app.request("/nothing", { headers: given === undefined ? {} : { "X-Request-Id": given } });
  assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  return response.headers.get("X-Request-Id")!;
}

Deno.test("requestId() echoes a well-formed id, and makes one otherwise", async () => {
  assert.equal(await idFor("run-7.a_B"), "run-7.a_B");
  assert.equal(await idFor("x".repeat(128)), "x".repeat(128));
  for (const bad of [undefined, "", "a b", "a/b", "<script>", "x".repeat(129)]) {
    assert.match(await idFor(bad), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
});
