import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import {
  ann,
  create,
  NEVER,
  problemLine,
  promptLine,
  responseLine,
  resultLines,
  smallStore,
} from "./testing/small_jobs.ts";
import { JobStoreError, type JobStoreErrorKind } from "./types.ts";

async function refused(kind: JobStoreErrorKind, promise: Promise<unknown>): Promise<JobStoreError> {
  const error = await promise.then(() => assert.fail("not refused"), (error) => error);
  assert.ok(error instanceof JobStoreError, String(error.stack));
  assert.equal(error.kind, kind, error.message);
  return error;
}

const everything = () => true;

Deno.test("EmbeddedJobs keeps a job, gives its prompts, and what was appended goes on after the store is opened anew", async () => {
  await using folder = await TemporaryFolder.make();
  let id: string;
  {
    await using store = await smallStore(folder.path);
    const job = await create(store, 3);
    id = job.id;
    assert.deepEqual({ ...job, createdAt: "" }, {
      ...{ id, state: "queued", done: 0, failed: 0, total: 3, paused: false, owner: null, shared: false },
      ...{ createdAt: "", startedAt: null, finishedAt: null, error: null },
    });
    assert.equal(await store.position(id), 1);
    const lease = await store.take(NEVER);
    assert.deepEqual([(await store.get(id))!.state, await store.position(id)], ["running", null]);
    await lease.append([responseLine(0), problemLine(1)]);
    assert.deepEqual((({ done, failed, state }) => [done, failed, state])((await store.get(id))!), [2, 1, "running"]);
    await assert.rejects(lease.append([responseLine(0)]), /line of prompt 2 is expected/);
    await assert.rejects(lease.finish(null), /not done/);
  }
  await using store = await smallStore(folder.path);
  assert.deepEqual((({ done, failed, state }) => [done, failed, state])((await store.get(id))!), [2, 1, "queued"]);
  const lease = await store.take(NEVER);
  const prompts = await Array.fromAsync(lease.prompts());
  assert.deepEqual(prompts, [{ index: 2, line: promptLine(2) }]);
  await lease.append([responseLine(2)]);
  await lease.finish(null);
  const job = (await store.get(id))!;
  assert.deepEqual([job.state, job.done, job.failed, job.error], ["succeeded", 3, 1, null]);
  assert.ok(job.startedAt !== null && job.finishedAt !== null);
  assert.deepEqual(await resultLines(store, id), [responseLine(0), problemLine(1), responseLine(2)]);
  assert.equal((await store.result(id))!.final, true);
});

Deno.test("EmbeddedJobs serves owners in turn, of one owner the oldest first, and tells places", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const [a1, a2, b1] = [
    await create(store, 1, ann()),
    await create(store, 1, ann()),
    await create(store, 1, ann({}, "bob")),
  ];
  assert.deepEqual(await Promise.all([a1, a2, b1].map(({ id }) => store.position(id))), [1, 3, 2]);
  const first = await store.take(NEVER);
  assert.deepEqual([first.record.id, await first.othersWait()], [a1.id, true]);
  const second = await store.take(NEVER);
  assert.deepEqual([second.record.id, await first.othersWait()], [b1.id, false]);
  await first.park();
  assert.equal((await store.take(NEVER)).record.id, a1.id); // No longer begun than a2, but older.
});

Deno.test("EmbeddedJobs.take() waits for a job, and gives up when told", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const taken = store.take(NEVER);
  const job = await create(store, 1);
  assert.equal((await taken).record.id, job.id);
  const stopped = new AbortController();
  const waiting = store.take(stopped.signal);
  stopped.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

Deno.test("EmbeddedJobs cancels a running job with what is done, and removes a finished one with its files", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 3);
  const lease = await store.take(NEVER);
  await lease.append([responseLine(0)]);
  await store.remove(id);
  assert.ok(lease.signal.aborted);
  await assert.rejects(lease.append([responseLine(1)]), { name: "AbortError" });
  await lease.finish("too late");
  const job = (await store.get(id))!;
  assert.deepEqual([job.state, job.done, job.error], ["cancelled", 1, null]);
  assert.deepEqual(await resultLines(store, id), [responseLine(0)]);
  await refused("finished", store.change(id, { paused: true }));
  assert.equal((await store.change(id, { shared: true })).shared, true);
  await store.remove(id);
  assert.equal(await store.get(id), null);
  assert.equal(await store.result(id), null);
  await refused("notFound", store.remove(id));
  await refused("notFound", store.change(id, { shared: true }));
  await assert.rejects(Deno.stat(join(folder.path, id)), Deno.errors.NotFound);
});

Deno.test("EmbeddedJobs pauses a running job: it is taken from its runner, waits for nobody, and goes on when told", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 2);
  const lease = await store.take(NEVER);
  await lease.append([responseLine(0)]);
  const paused = await store.change(id, { paused: true });
  assert.deepEqual([paused.state, paused.paused, paused.done], ["queued", true, 1]);
  assert.ok(lease.signal.aborted);
  await lease.park();
  assert.equal(await store.position(id), null);
  const next = store.take(NEVER);
  await store.change(id, { paused: false });
  assert.equal((await next).record.done, 1);
});

Deno.test("EmbeddedJobs lists newest first, page by page, what one may see; ids sort although the clock jumps", async () => {
  await using folder = await TemporaryFolder.make();
  let now = 1_700_000_000_000;
  await using store = await smallStore(folder.path, { now: () => now });
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) {
    now += i % 2 === 0 ? -3_600_000 : 60_000;
    ids.push((await create(store, 1, i === 3 ? ann() : undefined)).id);
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(({ owner }) => owner === null, 2, cursor);
    seen.push(...page.jobs.map(({ id }) => id));
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ids.filter((_, i) => i !== 3).reverse());
  assert.deepEqual((await store.list(everything, 7)).cursor, null);
});

Deno.test("EmbeddedJobs holds each key to its unfinished jobs, those that are being sent included", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const both = await Promise.allSettled([1, 2, 3].map(() => create(store, 1, ann({ jobsQueued: 2 }))));
  assert.deepEqual(both.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected"]);
  await create(store, 1, ann({ jobsQueued: 1 }, "bob"));
  const lease = await store.take(NEVER);
  await lease.append([responseLine(0)]);
  await refused("quota", create(store, 1, ann({ jobsQueued: 2 })));
  await lease.finish(null);
  await create(store, 1, ann({ jobsQueued: 2 }));
});

Deno.test("EmbeddedJobs takes no job of too many prompts, and none that was hung up on: nothing is left", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path, { limits: { maxPrompts: 3 } });
  await create(store, 3);
  assert.match((await refused("tooManyPrompts", create(store, 4))).message, /3 prompts at most/);
  const gone = new AbortController();
  async function* prompts() {
    yield promptLine(0);
    gone.abort(new Error("hung up"));
    await Promise.resolve();
    yield promptLine(1);
  }
  const job = { owner: null, shared: false, caller: ann(), prompts: prompts() };
  await assert.rejects(store.create(job, gone.signal), /hung up/);
  assert.equal((await store.list(everything, 10)).jobs.length, 1);
  assert.equal((await store.files.ids()).length, 1);
});

Deno.test("EmbeddedJobs.changed() tells a change, at once where there was one", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const job = await create(store, 1);
  const lease = await store.take(NEVER);
  await store.changed(job.id, job, NEVER);
  const running = (await store.get(job.id))!;
  const progress = store.changed(job.id, running, NEVER);
  await lease.append([responseLine(0)]);
  await progress;
  await lease.finish(null);
  await store.changed(job.id, (await store.get(job.id))!, NEVER);
  await store.changed("gone", job, NEVER);
  const waits = await create(store, 1);
  await assert.rejects(store.changed(waits.id, waits, AbortSignal.abort(new Error("left"))), /left/);
});

Deno.test("EmbeddedJobs removes finished jobs that are old, and when there is no room those that ended first", async () => {
  await using folder = await TemporaryFolder.make();
  let now = 1_700_000_000_000;
  await using store = await smallStore(folder.path, { now: () => now, limits: { keepMs: 1000, maxBytes: 400 } });
  const finished = async () => {
    const { id } = await create(store, 1);
    const lease = await store.take(NEVER);
    await lease.append([responseLine(0, "x".repeat(100))]);
    await lease.finish(null);
    now += 10;
    return id;
  };
  const ids = [await finished(), await finished()];
  const waiting = await create(store, 1, ann(), "y".repeat(150));
  assert.deepEqual((await store.list(everything, 9)).jobs.map(({ id }) => id), [waiting.id, ids[1]]);
  await refused("full", create(store, 1, ann(), "z".repeat(300)));
  now += 1000;
  await store.sweep();
  assert.deepEqual((await store.list(everything, 9)).jobs.map(({ id }) => id), [waiting.id]);
  now -= 86_400_000; // A clock that jumps back keeps more, not less.
  await create(store, 1);
  const lease = await store.take(NEVER);
  await refused("full", lease.append([responseLine(0, "x".repeat(400))]));
  assert.equal(lease.record.done, 0);
});

Deno.test("EmbeddedJobs counts jobs by state", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  for (let i = 0; i < 3; i++) await create(store, 1);
  const lease = await store.take(NEVER);
  await lease.finish("the key was revoked");
  await store.take(NEVER);
  assert.equal((await store.get(lease.record.id))!.error, "the key was revoked");
  assert.deepEqual(await store.counts(), { queued: 1, running: 1, succeeded: 0, failed: 1, cancelled: 0 });
});
