import assert from "node:assert/strict";
import { EngineUnavailable } from "../../model/engine/engine.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { Draining } from "../admission/refusals.ts";
import type { EmbeddedJobs } from "./embedded_store.ts";
import { JobRunner, type JobRunnerParts } from "./runner.ts";
import {
  ann,
  create,
  keptLog,
  NEVER,
  problemLine,
  responseLine,
  resultLines,
  smallStore,
} from "./testing/small_jobs.ts";
import { isFinal, type JobRecord, type RunPrompts } from "./types.ts";

const answers: RunPrompts = async function* (prompts) {
  for (const { index } of prompts) yield await Promise.resolve({ index, line: responseLine(index) });
};

function runner(store: EmbeddedJobs, run: RunPrompts, parts: Partial<JobRunnerParts> = {}): JobRunner {
  return new JobRunner({
    queue: store,
    run,
    log: keptLog(),
    refuse: ({ index }) => ({ index, line: problemLine(index) }),
    ready: () => Promise.resolve(),
    pieceSize: 4,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => signal.aborted ? reject(signal.reason) : setTimeout(resolve)),
    ...parts,
  });
}

async function ended(store: EmbeddedJobs, id: string): Promise<JobRecord> {
  let job = (await store.get(id))!;
  while (!isFinal(job.state)) {
    await store.changed(id, job, AbortSignal.timeout(5000));
    job = (await store.get(id))!;
  }
  return job;
}

async function assertWhole(store: EmbeddedJobs, job: JobRecord): Promise<void> {
  assert.deepEqual([job.state, job.done, job.error], ["succeeded", job.total, null]);
  assert.deepEqual(await resultLines(store, job.id), Array.from({ length: job.total }, (_, i) => responseLine(i)));
}

Deno.test("JobRunner runs a job in pieces, and appends in prompt order what comes in any", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 10);
  const sizes: number[] = [];
  await using _runner = runner(store, async function* (prompts) {
    sizes.push(prompts.length);
    yield* answers(prompts.toReversed(), ann(), NEVER);
  });
  await assertWhole(store, await ended(store, id));
  assert.deepEqual(sizes, [4, 4, 2]);
});

Deno.test("JobRunner waits while the engine is away, and runs again only what has no answer yet", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 6);
  const asked: number[][] = [];
  await using _runner = runner(store, async function* (prompts, caller, signal) {
    asked.push(prompts.map(({ index }) => index));
    if (asked.length < 3) {
      yield* answers(prompts.slice(0, 1), caller, signal);
      throw new EngineUnavailable("the engine died", 1);
    }
    yield* answers(prompts, caller, signal);
  });
  await assertWhole(store, await ended(store, id));
  assert.deepEqual(asked, [[0, 1, 2, 3], [1, 2, 3], [2, 3], [4, 5]]);
});

Deno.test("JobRunner waits for a full queue or a spent quota as long as it takes", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 2);
  const slept: number[] = [];
  let refusals = 20;
  await using _runner = runner(store, async function* (...asked) {
    if (refusals-- > 0) throw Object.assign(new Error("full"), { retryAfterSeconds: 7 });
    yield* answers(...asked);
  }, { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, void slept.push(ms))) });
  await assertWhole(store, await ended(store, id));
  assert.deepEqual(slept, Array(20).fill(7000));
});

Deno.test("JobRunner refuses the one prompt that the engine dies of each time, and answers the others", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 8);
  await using _runner = runner(store, async function* (prompts, caller, signal) {
    await Promise.resolve();
    if (prompts.some(({ index }) => index === 2)) throw new EngineUnavailable("the engine died", 1);
    yield* answers(prompts, caller, signal);
  });
  const job = await ended(store, id);
  assert.deepEqual([job.state, job.done, job.failed], ["succeeded", 8, 1]);
  const expected = Array.from({ length: 8 }, (_, i) => i === 2 ? problemLine(i) : responseLine(i));
  assert.deepEqual(await resultLines(store, id), expected);
});

Deno.test("JobRunner parks on stop with what is answered, and another one goes on from there", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 6);
  const begun = Promise.withResolvers<void>();
  const first = runner(store, async function* (prompts, caller, signal) {
    yield* answers(prompts.slice(0, 3), caller, signal);
    begun.resolve();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  await begun.promise;
  await first.stop();
  const parked = (await store.get(id))!;
  assert.deepEqual([parked.state, parked.done], ["queued", 3]);
  await using _second = runner(store, answers);
  await assertWhole(store, await ended(store, id));
});

Deno.test("JobRunner parks when the work says that the service drains", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 2);
  let drained = false;
  await using _runner = runner(store, async function* (...asked) {
    if (!drained) {
      drained = true;
      throw new Draining();
    }
    yield* answers(...asked);
  });
  await assertWhole(store, await ended(store, id));
});

Deno.test("JobRunner stops at once when a job is cancelled, and takes the next", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const [one, two] = [await create(store, 4), await create(store, 4)];
  await using _runner = runner(store, async function* (prompts, caller, signal) {
    if ((await store.get(one.id))!.state === "running") {
      yield* answers(prompts.slice(0, 1), caller, signal);
      const stopped = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => stopped.reject(signal.reason));
      await Promise.all([stopped.promise, store.remove(one.id)]);
    }
    yield* answers(prompts, caller, signal);
  });
  await assertWhole(store, await ended(store, two.id));
  const cancelled = (await store.get(one.id))!;
  assert.equal(cancelled.state, "cancelled");
  assert.equal((await resultLines(store, one.id)).length, cancelled.done);
});

Deno.test("JobRunner gives owners their turns between pieces", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const long = await create(store, 12, ann(), "long");
  const short = await create(store, 4, ann({}, "bob"), "short");
  const order: string[] = [];
  await using _runner = runner(store, async function* (prompts, ...rest) {
    order.push(JSON.parse(prompts[0]!.line).prompt);
    yield* answers(prompts, ...rest);
  });
  await assertWhole(store, await ended(store, long.id));
  await assertWhole(store, await ended(store, short.id));
  assert.deepEqual(order, ["long 0", "short 0", "long 4", "long 8"]);
});

Deno.test("JobRunner ends the job of a key that was revoked, with what is done", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const { id } = await create(store, 8, ann());
  let pieces = 0;
  await using _runner = runner(store, answers, { callerNow: (caller) => pieces++ === 0 ? caller : null });
  const job = await ended(store, id);
  assert.deepEqual([job.state, job.done], ["failed", 4]);
  assert.equal(job.error, "the key ann that made it was revoked");
});

Deno.test("JobRunner tries a fault of ours again, and then ends the job without telling the cause", async () => {
  await using folder = await TemporaryFolder.make();
  await using store = await smallStore(folder.path);
  const [one, two] = [await create(store, 2), await create(store, 2)];
  let faults = 0;
  const log = keptLog();
  await using _runner = runner(store, async function* (prompts, caller, signal) {
    if (faults++ < 6) throw new Error("a secret path");
    yield* answers(prompts, caller, signal);
    if (prompts.length > 0) yield { index: 0, line: responseLine(0) }; // Twice: refused.
  }, { log });
  const job = await ended(store, one.id);
  assert.equal(job.state, "failed");
  assert.match(job.error!, /^the service failed over it/);
  assert.ok(log.lines.some((line) => line.startsWith("error") && line.includes(one.id)));
  const second = await ended(store, two.id);
  assert.deepEqual([second.done, await resultLines(store, two.id)], [2, [responseLine(0), responseLine(1)]]);
});
