import assert from "node:assert/strict";
import type { Caller } from "../../lab/keys/caller.ts";
import { memoryJobs } from "../testing/memory_jobs.ts";
import { testApp } from "../testing/test_app.ts";

const KEYS: Readonly<Record<string, Caller>> = Object.fromEntries(
  (["ann", "bob", "root"] as const).map((id) => [id, { id, role: id === "root" ? "admin" : "read", quotas: {} }]),
);

/** A service with keys whose secrets are their ids. */
async function keyedApp() {
  const store = memoryJobs();
  const gate = { keyring: { authenticate: (secret: string) => KEYS[secret] ?? null }, attempts: { add: () => 0 } };
  const audited: unknown[] = [];
  const { app } = await testApp({
    gate,
    jobs: Promise.resolve(store),
    audit: { write: (event, { key }) => void audited.push({ ...event, key }) },
  });
  const ask = (key: string, method: string, path: string, body?: unknown) =>
    app.request(path, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const make = async (key: string) =>
    (await (await ask(key, "POST", "/jobs", { prompts: ["Once"] })).json()).id as string;
  return { store, ask, make, audited };
}

Deno.test("a job is its owner's: hidden from others, or shared to be read; an admin may all", async () => {
  const { ask, make } = await keyedApp();
  const id = await make("ann");
  const statuses = async (key: string) => {
    const asked: [string, string, unknown?][] = [
      ["GET", `/jobs/${id}`],
      ["GET", `/jobs/${id}/result`],
      ["PATCH", `/jobs/${id}`, {}],
      ["DELETE", `/jobs/${id}`],
    ];
    const found: number[] = [];
    for (const [method, path, body] of asked.slice(0, key === "bob" ? 4 : 3)) {
      const response = await ask(key, method, path, body);
      found.push(response.status);
      await response.body?.cancel();
    }
    return found;
  };
  const listed = async (key: string) => (await (await ask(key, "GET", "/jobs")).json()).jobs.length;
  assert.deepEqual(await statuses("bob"), [404, 404, 404, 404]);
  assert.equal(await listed("bob"), 0);
  assert.deepEqual(await statuses("ann"), [200, 200, 200]);
  assert.deepEqual(await statuses("root"), [200, 200, 200]);
  assert.equal((await ask("ann", "PATCH", `/jobs/${id}`, { shared: true })).status, 200);
  assert.deepEqual(await statuses("bob"), [200, 200, 403, 403]);
  assert.equal(await listed("bob"), 1);
  const refused = await (await ask("bob", "DELETE", `/jobs/${id}`)).json();
  assert.equal(refused.type, "urn:midstream:problem:not-owner");
  assert.equal((await ask("root", "DELETE", `/jobs/${id}`)).status, 202);
});

Deno.test("GET /jobs gives the newest first, a page at a time", async () => {
  const { ask, make } = await keyedApp();
  for (const key of ["ann", "bob", "ann", "ann"]) await make(key);
  const page = async (query: string) => await (await ask("ann", "GET", `/jobs${query}`)).json();
  const first = await page("?limit=2");
  assert.deepEqual(first.jobs.map(({ id }: { id: string }) => id), ["job-4", "job-3"]);
  const last = await page(`?limit=2&cursor=${first.cursor}`);
  assert.deepEqual(last.jobs.map(({ id }: { id: string }) => id), ["job-1"]);
  assert.equal(last.cursor, null);
  for (const wrong of ["?limit=0", "?limit=101", "?more=1", "?cursor="]) {
    assert.equal((await ask("ann", "GET", `/jobs${wrong}`)).status, 422, wrong);
  }
});

Deno.test("PATCH pauses and shares, and a job that has ended is not paused", async () => {
  const { store, ask, make } = await keyedApp();
  const id = await make("ann");
  const change = (body: unknown) => ask("ann", "PATCH", `/jobs/${id}`, body);
  assert.equal((await (await change({ paused: true })).json()).paused, true);
  assert.equal((await change({ paused: 1 })).status, 422);
  assert.equal((await change({ state: "failed" })).status, 422);
  store.advance(id, ['{"index":0,"response":{}}'], { state: "failed", error: "the disk broke" });
  const ended = await change({ paused: true });
  assert.equal(ended.status, 409);
  const { error, position } = await (await ask("ann", "GET", `/jobs/${id}`)).json();
  assert.equal(error, "the disk broke");
  assert.equal(position, null);
});

Deno.test("DELETE cancels a job that has not ended, then removes it; who did it is in the audit log", async () => {
  const { ask, make, audited } = await keyedApp();
  const id = await make("ann");
  const cancelled = await ask("ann", "DELETE", `/jobs/${id}`);
  assert.equal(cancelled.status, 202);
  assert.equal((await cancelled.json()).state, "cancelled");
  assert.equal((await ask("ann", "DELETE", `/jobs/${id}`)).status, 204);
  assert.equal((await ask("ann", "GET", `/jobs/${id}`)).status, 404);
  assert.equal((await ask("ann", "GET", "/jobs/..%2fkeys")).status, 404);
  const events = [["job.create", "ann"], ["job.delete", "ann"], ["job.delete", "ann"]];
  assert.deepEqual(audited, events.map(([event, key]) => ({ event, job: id, key })));
});
