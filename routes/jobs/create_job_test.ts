import assert from "node:assert/strict";
import { JobStoreError } from "../../lab/jobs/types.ts";
import { type MemoryJobs, memoryJobs } from "../testing/memory_jobs.ts";
import { memoryEngine } from "../testing/memory_engine.ts";
import { testApp } from "../testing/test_app.ts";

async function jobsApp(store: MemoryJobs = memoryJobs(), settings = {}) {
  const tested = await testApp({ jobs: Promise.resolve(store), settings });
  const lines = (body: BodyInit) =>
    tested.app.request("/jobs", { method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body });
  return { ...tested, store, lines };
}

Deno.test("POST /jobs keeps one ProbeRequest a prompt, of a list and of a template, and tells where the job is", async () => {
  const { post, store } = await jobsApp();
  const response = await post("/jobs", { prompts: ["Once", [1, 2]], layers: [-1], top_k: 3 });
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("Location"), "/jobs/job-1");
  assert.deepEqual(await response.json(), {
    id: "job-1",
    state: "queued",
    done: 0,
    failed: 0,
    total: 2,
    position: 1,
    paused: false,
    created_at: "2026-11-24T00:00:00.000Z",
    started_at: null,
    finished_at: null,
    owner: null,
    shared: false,
  });
  assert.deepEqual(store.promptsOf("job-1").map((line) => JSON.parse(line)), [
    { layers: [-1], top_k: 3, prompt: "Once" },
    { layers: [-1], top_k: 3, prompt: [1, 2] },
  ]);
  await post("/jobs", { template: "{a}{{", values: [{ a: "x" }, { a: "y" }] });
  assert.deepEqual(store.promptsOf("job-2").map((line) => JSON.parse(line).prompt), ["x{", "y{"]);
});

Deno.test("POST /jobs refuses at once what is wrong with the question, and leaves prompts to their own problems", async () => {
  const { post, store } = await jobsApp();
  const long = Array(100).fill(1);
  for (
    const [question, type, pointer] of [
      [{ lenses: ["none"] }, "unknown-lens", "/lenses/0"],
      [{ layers: [9] }, "out-of-range", "/layers/0"],
      [{ track: ["not one token"] }, "unknown-token", "/track/0"],
      [{ statistics: ["kl_output_against"] }, "invalid-request", "/statistics/0"],
      [{ more: 1 }, "invalid-request", "/more"],
    ] as const
  ) {
    const response = await post("/jobs", { prompts: [long], ...question });
    assert.equal(response.status, 422);
    const problem = await response.json();
    assert.equal(problem.type, `urn:midstream:problem:${type}`, JSON.stringify(problem));
    assert.equal(problem.errors[0].pointer, pointer);
    assert.equal(problem.errors.length, 1, "what is wrong with the first prompt is not told");
  }
  for (const wrong of [{}, { prompts: ["a"], template: "b", values: [{}] }, { template: "{a}", values: [{ b: "" }] }]) {
    assert.equal((await post("/jobs", wrong)).status, 422);
  }
  assert.deepEqual((await store.list(() => true, 10)).jobs, []);
  assert.equal((await post("/jobs", { prompts: [long, [999]], positions: [70] })).status, 202);
});

Deno.test("POST /jobs takes a file, a ProbeRequest a line, however it is cut into chunks", async () => {
  const { lines, store } = await jobsApp();
  const body = new TextEncoder().encode('{"prompt":"小"}\r\n\n  \n{"prompt":[1],"top_k":0}\n{"prompt":"Lily"}');
  const chunks = ReadableStream.from(Array.from(body, (byte) => Uint8Array.of(byte)));
  const response = await lines(chunks);
  assert.equal(response.status, 202);
  assert.equal((await response.json()).total, 3);
  assert.deepEqual(store.promptsOf("job-1"), ['{"prompt":"小"}', '{"prompt":[1],"top_k":0}', '{"prompt":"Lily"}']);
});

Deno.test("a file with faults is refused whole, each fault with its line, and nothing is kept", async () => {
  const { lines, store } = await jobsApp();
  const body = ['{"prompt":"a"}', '{"prompt":"a","layers":[]}', "", '{"prompt"', '{"top_k":"x","prompt":"a"}'];
  const response = await lines(body.join("\n"));
  assert.equal(response.status, 422);
  const problem = await response.json();
  assert.deepEqual(
    problem.errors,
    [
      { in: "body", line: 2, pointer: "/layers", detail: "line 2: layers must have at least 1 items" },
      { in: "body", line: 4, detail: problem.errors[1].detail },
      { in: "body", line: 5, pointer: "/top_k", detail: "line 5: top_k must be a number, not a text" },
    ].map((fault) => ({ ...fault })),
  );
  assert.match(problem.errors[1].detail, /^line 4 is not JSON/);
  const malformed = await lines('{"prompt":"a"}\nnonsense\n');
  assert.equal(malformed.status, 400);
  assert.equal((await malformed.json()).errors[0].line, 2);
  assert.equal((await lines(new Uint8Array([0x22, 0xff, 0x22]))).status, 400);
  assert.equal((await lines("\n \n")).status, 400);
  const many = await (await lines("{}\n".repeat(5000))).json();
  assert.equal(many.errors.length, 50);
  assert.deepEqual((await store.list(() => true, 10)).jobs, []);
});

Deno.test("a line may be as large as a body, a body of JSON too, and a file has no bound but the prompts'", async () => {
  const { lines, post } = await jobsApp(memoryJobs({ maxPrompts: 400 }), { maxBodyBytes: 2000 });
  const line = (characters: number) => `${JSON.stringify({ prompt: "a".repeat(characters) })}\n`;
  assert.equal((await lines(line(10).repeat(400))).status, 202);
  const long = await lines(line(10) + line(2000));
  assert.equal(long.status, 413);
  assert.match((await long.json()).detail, /^line 2 is larger than 2000 bytes/);
  assert.equal((await post("/jobs", { prompts: ["a".repeat(2000)] })).status, 413);
  const many = await lines(line(10).repeat(401));
  assert.equal(many.status, 413);
  assert.equal((await many.json()).type, "urn:midstream:problem:job-too-large");
});

Deno.test("POST /jobs says which media types it takes", async () => {
  const { app } = await jobsApp();
  const response = await app.request("/jobs", { method: "POST", headers: { "Content-Type": "text/csv" }, body: "a" });
  assert.equal(response.status, 415);
  assert.match((await response.json()).detail, /application\/json.*application\/x-ndjson/);
});

Deno.test("the store's refusals have their own problems, and jobs wait for the model", async () => {
  const refusals = { quota: 429, full: 507, away: 503 } as const;
  for (const [kind, status] of Object.entries(refusals)) {
    const broken = new JobStoreError(kind as keyof typeof refusals, "so it is");
    const { post } = await jobsApp(memoryJobs({ broken }));
    const response = await post("/jobs", { prompts: ["a"] });
    assert.equal(response.status, status);
    assert.equal(response.headers.has("Retry-After"), status !== 507);
    assert.equal((await response.json()).detail, "so it is");
  }
  const starting = await testApp({ engine: memoryEngine({ state: "starting" }) });
  assert.equal((await starting.post("/jobs", { prompts: ["a"] })).status, 503);
  const draining = await testApp({ draining: () => true });
  assert.equal((await draining.post("/jobs", { prompts: ["a"] })).status, 503);
});
