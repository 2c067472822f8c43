import assert from "node:assert/strict";
import { createLog } from "../log/create_log.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import { type Service, startService } from "../service.ts";
import { parseSettings } from "../settings/parse.ts";

interface JobSeen {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly failed: number;
}

async function started(data: string): Promise<Service> {
  const settings = parseSettings(["--port", "0", "--data", data, "--log-level", "error"], {});
  assert.ok(!("help" in settings));
  const service = await startService({ ...settings, logLevel: "error" }, createLog({ ...settings, logLevel: "error" }));
  await service.ready;
  return service;
}

async function create({ url }: Service, total: number): Promise<string> {
  const made = await fetch(`${url}/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      template: "Once upon a time number {n}",
      values: Array.from({ length: total }, (_, n) => ({ n: String(n) })),
      positions: [-1],
      top_k: 2,
    }),
  });
  const text = await made.text();
  assert.equal(made.status, 202, text);
  return (JSON.parse(text) as JobSeen).id;
}

async function job(service: Service, id: string): Promise<JobSeen> {
  const response = await fetch(`${service.url}/jobs/${id}`);
  assert.equal(response.status, 200, await response.clone().text());
  return await response.json();
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!await done()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a job outlives its process: a rolling restart parks it, and the next process goes on where it was", async () => {
  const total = 1500;
  await using folder = await TemporaryFolder.make();
  const first = await started(folder.path);
  const id = await create(first, total);
  await until(async () => (await job(first, id)).done > 0);
  const second = await started(folder.path);
  try {
    const away = await fetch(`${second.url}/jobs/${id}`);
    assert.equal(away.status, 503);
    assert.match((await away.json()).detail, /another midstream has the jobs of this --data folder/);
    assert.ok(Number(away.headers.get("retry-after")) > 0);
    assert.ok((await job(first, id)).done < total, "the job was done before the restart");
    await first.drain();
    await until(async () => {
      const response = await fetch(`${second.url}/jobs/${id}`);
      await response.body?.cancel();
      return response.status === 200;
    });
    await until(async () => (await job(second, id)).state === "succeeded");
    const { done, failed } = await job(second, id);
    assert.deepEqual([done, failed], [total, 0]);
    const text = await (await fetch(`${second.url}/jobs/${id}/result`)).text();
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ index }) => index), Array.from({ length: total }, (_, index) => index));
    // The same as the same prompt alone.
    const alone = await (await fetch(`${second.url}/probe`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: "Once upon a time number 1234", positions: [-1], top_k: 2 }),
    })).json();
    assert.deepEqual(lines[1234].response.tokens, alone.tokens);
    assert.deepEqual(tops(lines[1234].response), tops(alone));
  } finally {
    await first.drain();
    await second.drain();
  }
});

Deno.test("a job waits for an engine that was killed, and burns no prompt", async () => {
  const total = 1000;
  await using folder = await TemporaryFolder.make();
  const service = await started(folder.path);
  try {
    const id = await create(service, total);
    for (const enough of [1, 200]) {
      await until(async () => (await job(service, id)).done >= enough);
      Deno.kill(service.engine.pid!, "SIGKILL");
      await until(() => Promise.resolve(service.engine.state !== "ready"));
      assert.ok((await job(service, id)).done < total);
    }
    await until(async () => (await job(service, id)).state === "succeeded");
    const { done, failed } = await job(service, id);
    assert.deepEqual([done, failed], [total, 0]);
    const text = await (await fetch(`${service.url}/jobs/${id}/result`)).text();
    const indices = text.trimEnd().split("\n").map((line) => JSON.parse(line).index);
    assert.deepEqual(indices, Array.from({ length: total }, (_, index) => index));
  } finally {
    await service.drain();
  }
});

/** Pieces of the read-outs; their numbers differ in the last digits with what they are computed beside. */
function tops(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(tops);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, member]) => name === "piece" ? [member] : tops(member));
}
