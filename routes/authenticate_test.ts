import assert from "node:assert/strict";
import type { Caller } from "../lab/keys/caller.ts";
import { FailedAttempts } from "../lab/keys/failed_attempts.ts";
import { problemType } from "../openapi/problem.ts";
import { testApp } from "./testing/test_app.ts";

const CALLERS: Record<string, Caller> = {
  "read-secret": { id: "ann", role: "read", quotas: {} },
  "admin-secret": { id: "root", role: "admin", quotas: {} },
};

async function keyedApp(burst = 100) {
  const refused: unknown[] = [];
  const { app } = await testApp({
    gate: {
      keyring: { authenticate: (secret) => CALLERS[secret] ?? null },
      attempts: new FailedAttempts({ burst, now: () => 0 }),
    },
    audit: { write: (event, source) => void refused.push({ ...event, ...source, requestId: "" }) },
  });
  const get = (path: string, authorization?: string) =>
    app.request(path, { headers: authorization === undefined ? {} : { Authorization: authorization } });
  return { app, get, refused };
}

Deno.test("without a key nothing but health and the document is answered", async () => {
  const { get } = await keyedApp();
  for (const path of ["/livez", "/readyz", "/openapi.json", "/openapi-3.0.json"]) {
    assert.equal((await get(path)).status, 200, path);
  }
  for (const path of ["/model", "/lenses", "/metrics", "/self-check"]) {
    const response = await get(path);
    assert.equal(response.status, 401, path);
    assert.match(response.headers.get("WWW-Authenticate")!, /^Bearer realm=/);
    assert.equal((await response.json()).type, problemType("key-missing"));
  }
});

Deno.test("the secret of a key opens what its role may, whatever the case of the scheme", async () => {
  const { get, refused } = await keyedApp();
  for (const header of ["Bearer read-secret", "bearer read-secret", "BEARER  read-secret "]) {
    assert.equal((await get("/model", header)).status, 200, header);
  }
  for (const header of ["Bearer wrong", "Bearer", "Basic cmVhZC1zZWNyZXQ=", "read-secret", "Bearer read-secret x"]) {
    assert.equal((await get("/model", header)).status, 401, header);
  }
  const metrics = await get("/metrics", "Bearer read-secret");
  assert.equal(metrics.status, 403);
  assert.equal((await metrics.json()).type, problemType("role-too-low"));
  assert.equal((await get("/metrics", "Bearer admin-secret")).status, 200);
  assert.deepEqual(refused.at(-1), {
    event: "refused",
    problem: "role-too-low",
    method: "GET",
    path: "/metrics",
    key: "ann",
    address: "unknown",
    requestId: "",
  });
  assert.ok(!JSON.stringify(refused).includes("wrong"), "no secret is written down");
});

Deno.test("an address that keeps guessing waits; a right key passes all the same", async () => {
  const { get, refused } = await keyedApp(2);
  assert.deepEqual(
    await Promise.all([1, 2, 3].map(async () => (await get("/model", "Bearer wrong")).status)),
    [401, 401, 429],
  );
  const throttled = await get("/model");
  assert.ok(Number(throttled.headers.get("Retry-After")) > 0);
  assert.equal((await throttled.json()).type, problemType("too-many-attempts"));
  assert.equal((await get("/model", "Bearer read-secret")).status, 200);
  assert.equal(refused.length, 2, "the log is not flooded");
});

Deno.test("what the path does not take is told before who may", async () => {
  const { app, get } = await keyedApp();
  assert.equal((await get("/nothing")).status, 404);
  assert.equal((await app.request("/probe", { method: "DELETE" })).status, 405);
});
