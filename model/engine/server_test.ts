import assert from "node:assert/strict";
import type { ProbePlan } from "./engine.ts";
import { messages } from "./messages.ts";
import { type Message, SECRET_HEADER } from "./protocol.ts";
import { engineHandler } from "./server.ts";
import { createFakeExecutor, type FakeModel } from "./testdata/fake_executor.ts";

const plan = (positions: number): ProbePlan => ({
  ids: Array.from({ length: positions }, (_, i) => i % 100),
  positions: Array.from({ length: positions }, (_, i) => i),
  cells: [{ site: "resid_post", layer: 0 }, { site: "resid_post", layer: 1 }],
  norm: "own",
  topK: 3,
  tracked: [1],
  statistics: ["entropy", "output_rank"],
});

const executor = (fake: FakeModel = {}) => createFakeExecutor({ model: JSON.stringify(fake), precision: "f32" });
const post = (path: string, body: unknown, init: RequestInit = {}) =>
  new Request(`http://engine${path}`, { method: "POST", body: JSON.stringify(body), ...init });

async function read(response: Response): Promise<Message[]> {
  assert.ok(response.body);
  return await Array.fromAsync(messages(response.body));
}

Deno.test("engineHandler() answers /model and /memory, and nothing else", async () => {
  const fake = await executor();
  const handle = engineHandler(fake);
  assert.deepEqual(await (await handle(new Request("http://engine/model"))).json(), fake.model);
  assert.ok((await (await handle(new Request("http://engine/memory"))).json()).rssBytes > 0);
  assert.equal((await handle(new Request("http://engine/probe"))).status, 404);
  assert.equal((await handle(post("/model", {}))).status, 404);
});

Deno.test("engineHandler() asks for its secret on every path", async () => {
  const handle = engineHandler(await executor(), { secret: "right" });
  const ask = (headers: HeadersInit) => handle(new Request("http://engine/model", { headers }));
  assert.equal((await ask({})).status, 403);
  assert.equal((await ask({ [SECRET_HEADER]: "wrong" })).status, 403);
  assert.equal((await ask({ [SECRET_HEADER]: "right" })).status, 200);
});

Deno.test("engineHandler() sends the executor's events in their order", async () => {
  const fake = await executor();
  const sent = await Array.fromAsync(fake.probe(plan(40), new AbortController().signal));
  assert.deepEqual(await read(await engineHandler(fake)(post("/probe", plan(40)))), sent);
});

Deno.test("engineHandler() tells a fault to the client and, with the same id, to the log", async () => {
  const faults: [string, unknown][] = [];
  const handle = engineHandler(await executor({ faultAfter: 1 }), { onFault: (...fault) => faults.push(fault) });
  const got = await read(await handle(post("/probe", plan(5))));
  assert.deepEqual(got.map((message) => message.type), ["start", "position", "position", "error"]);
  const last = got.at(-1);
  assert.ok(last?.type === "error" && last.error.kind === "fault");
  assert.equal(last.error.message, "the fake failed on purpose");
  assert.equal(faults[0]?.[0], last.error.id);
  assert.ok(faults[0]?.[1] instanceof RangeError);
});

Deno.test("engineHandler() answers a probe whose client is gone already with `cancelled`", async () => {
  const handle = engineHandler(await executor());
  const leaving = new AbortController();
  const request = post("/probe", plan(5), { signal: leaving.signal });
  const response = await handle(request);
  leaving.abort();
  assert.deepEqual(await read(response), [{ type: "error", error: { kind: "cancelled" } }]);
});

Deno.test("engineHandler() computes no further than the reader reads", async () => {
  const fake = await executor();
  const handle = engineHandler(fake);
  const big = { ...plan(4000), topK: 1000 }; // 16 KB a position, 64 MB in all
  const { body } = await handle(post("/probe", big));
  const reader = body?.getReader();
  await reader?.read();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { begun } = fake as unknown as { begun: number };
  assert.ok(begun > 0 && begun < 20, `${begun} positions were begun for one chunk`);
  await reader?.cancel();
});
