import assert from "node:assert/strict";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { OpeningJobs } from "./opening_jobs.ts";
import { create, keptLog, NEVER, smallStore } from "./testing/small_jobs.ts";

Deno.test("OpeningJobs says why there are none while another process has the folder, and has them when that ends", async () => {
  await using folder = await TemporaryFolder.make();
  const log = keptLog();
  const other = await smallStore(folder.path);
  const { id } = await create(other, 1);
  await using jobs = new OpeningJobs(() => smallStore(folder.path), { log, againMs: 1 });
  await jobs.tried;
  assert.match(jobs.trouble!, /^another midstream has the jobs/);
  await assert.rejects(jobs.get(id), { kind: "away", message: jobs.trouble! });
  const taken = jobs.take(NEVER);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await other[Symbol.asyncDispose]();
  assert.equal((await taken).record.id, id);
  assert.equal(jobs.trouble, null);
  assert.equal(log.lines.length, 1, log.lines.join("\n")); // One clear line, however often it is tried.
});

Deno.test("OpeningJobs ends although it was never opened, and whoever waits for a job goes when told", async () => {
  const stopped = new AbortController();
  const jobs = new OpeningJobs(() => Promise.reject(new Error("no folder")), { log: keptLog(), againMs: 10_000 });
  const taken = jobs.take(stopped.signal);
  stopped.abort(new Error("stopped"));
  await assert.rejects(taken, /stopped/);
  await jobs[Symbol.asyncDispose]();
  await assert.rejects(jobs.counts(), { kind: "away", message: "no folder" });
});
