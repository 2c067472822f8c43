import assert from "node:assert/strict";
import { type MemoryJobs, memoryJobs } from "../testing/memory_jobs.ts";
import { testApp } from "../testing/test_app.ts";
import { jobEvents } from "./job_events.ts";

const LINE = '{"index":0,"response":{}}';

async function followed(draining = () => false) {
  const store: MemoryJobs = memoryJobs();
  const { app, post } = await testApp({ jobs: Promise.resolve(store), draining });
  return { store, app, post };
}

async function readFrames(response: Response) {
  return (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("GET /jobs/{job_id}/events tells each listener of every change until the end", async () => {
  const { store, app, post } = await followed();
  await post("/jobs", { prompts: ["Once", "upon"] });
  const listening = [1, 2].map(async () => readFrames(await app.request("/jobs/job-1/events")));
  await until(() => store.listeners === 2);
  store.advance("job-1", [LINE]);
  await until(() => store.listeners === 0);
  await until(() => store.listeners === 2);
  store.advance("job-1", [LINE], { state: "succeeded", finishedAt: "2026-11-24T00:01:00.000Z" });
  for (const frames of await Promise.all(listening)) {
    assert.deepEqual(frames.map(({ type, job }) => [type, job.state, job.done]), [
      ["progress", "queued", 0],
      ["progress", "running", 1],
      ["end", "succeeded", 2],
    ]);
  }
  const late = await readFrames(await app.request("/jobs/job-1/events"));
  assert.deepEqual(late.map(({ type }) => type), ["end"]);
});

Deno.test("a listener that hangs up leaves nothing, and silence is broken by pings", async () => {
  const store = memoryJobs();
  const { app, post, parts } = await testApp({ jobs: Promise.resolve(store) });
  const { route, handler } = jobEvents({ ...parts, model: () => assert.fail(), silenceMs: 20 });
  app.get("/quick/:job_id", async (c, next) => {
    c.set("caller", { id: null, role: "admin", quotas: {} });
    return await handler(c, next) as Response;
  });
  assert.equal(route.path, "/jobs/{job_id}/events");
  await post("/jobs", { prompts: ["Once"] });
  const reader = (await app.request("/quick/job-1")).body!.getReader();
  const decoder = new TextDecoder();
  const types: string[] = [];
  while (types.length < 3) types.push(JSON.parse(decoder.decode((await reader.read()).value)).type);
  assert.deepEqual(types, ["progress", "ping", "ping"]);
  assert.equal(store.listeners, 1);
  await reader.cancel();
  assert.equal(store.listeners, 0);
});

Deno.test("the events of a job that is removed, and of a service that stops, end with an error", async () => {
  let draining = false;
  const { store, app, post } = await followed(() => draining);
  await post("/jobs", { prompts: ["Once"] });
  await post("/jobs", { prompts: ["Once"] });
  const removed = readFrames(await app.request("/jobs/job-1/events"));
  const stopped = readFrames(await app.request("/jobs/job-2/events"));
  await until(() => store.listeners === 2);
  await store.remove("job-1");
  await store.remove("job-1");
  draining = true;
  assert.equal((await removed).at(-1).problem.status, 404);
  assert.equal((await stopped).at(-1).problem.type, "urn:midstream:problem:draining");
  assert.equal(store.listeners, 0);
  assert.equal((await app.request("/jobs/none/events")).status, 404);
});
