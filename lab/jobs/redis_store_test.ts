import assert from "node:assert/strict";
import { keptLog } from "../../lens/library/fixtures/small_library.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { hasRedis, NEEDS_REDIS, RedisServer } from "../../tests/replicas/redis_server.ts";
import { JobFiles } from "./job_files.ts";
import { RedisLink } from "./redis_link.ts";
import { redisNamespace } from "./redis_namespace.ts";
import { LOCK_MS } from "./redis_queue.ts";
import { RedisJobs } from "./redis_store.ts";
import { ann, create, NEVER, problemLine, responseLine, resultLines, ROOMY, smallJob } from "./testing/small_jobs.ts";
import { JobStoreError, type JobStoreErrorKind } from "./types.ts";

interface Shared extends AsyncDisposable {
  readonly server: RedisServer;
  readonly folder: string;
  readonly links: RedisLink[];
  /** One more replica. */
  join(limits?: Partial<typeof ROOMY>): Promise<RedisJobs>;
}

/** A Redis and a folder for some replicas in this process. */
async function shared(): Promise<Shared> {
  const owned = new AsyncDisposableStack();
  const server = owned.use(await RedisServer.start());
  const folder = owned.use(await TemporaryFolder.make()).path;
  const links: RedisLink[] = [];
  return {
    server,
    folder,
    links,
    async join(limits = {}) {
      const log = keptLog();
      const link = owned.use(new RedisLink(server.url, log));
      links.push(link);
      await link.settled();
      const namespace = await redisNamespace(folder);
      const files = new JobFiles(folder);
      return owned.use(new RedisJobs({ files, link, namespace, log, limits: { ...ROOMY, ...limits } }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const test = (name: string, fn: (parts: Shared) => Promise<void>) =>
  Deno.test({
    name: `RedisJobs ${name}${NEEDS_REDIS}`,
    ignore: !hasRedis,
    async fn() {
      await using parts = await shared();
      await fn(parts);
    },
  });

async function refused(promise: Promise<unknown>, kind: JobStoreErrorKind): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof JobStoreError && error.kind === kind);
}

const soon = (ms = 10_000) => AbortSignal.timeout(ms);

async function until(what: () => Promise<boolean> | boolean, ms = 15_000): Promise<void> {
  for (const end = performance.now() + ms; !await what();) {
    assert.ok(performance.now() < end, `it did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test("of two replicas see one job: either makes it, runs it, tells of it, and removes it", async ({ join }) => {
  const [one, other] = [await join(), await join()];
  const { id } = await create(one, 3, ann());
  assert.equal((await other.get(id))!.state, "queued");
  assert.equal(await other.position(id), 1);
  const lease = await other.take(soon());
  assert.equal((await one.get(id))!.state, "running");
  assert.equal(await one.position(id), null);
  const known = (await one.get(id))!;
  const changed = one.changed(id, known, NEVER);
  await lease.append([responseLine(0), problemLine(1)]);
  await changed;
  const { done, failed } = (await one.get(id))!;
  assert.deepEqual([done, failed], [2, 1]);
  assert.deepEqual(await resultLines(one, id), [responseLine(0), problemLine(1)]);
  await lease.append([responseLine(2)]);
  await lease.finish(null);
  assert.equal((await one.get(id))!.state, "succeeded");
  assert.deepEqual(await one.counts(), { queued: 0, running: 0, succeeded: 1, failed: 0, cancelled: 0 });
  await one.remove(id);
  assert.equal(await other.get(id), null);
  assert.deepEqual((await other.list(() => true, 10)).jobs, []);
});

test("serves owners in turn, and lets a job make room for others", async ({ join }) => {
  const store = await join();
  const made: string[] = [];
  for (const name of ["ann", "ann", "ann", "bob", "cy"]) made.push((await create(store, 1, ann({}, name))).id);
  const [a1, a2, a3, b, c] = made as [string, string, string, string, string];
  assert.deepEqual(await Promise.all(made.map((id) => store.position(id))), [1, 4, 5, 2, 3]);
  const first = await store.take(soon());
  assert.equal(first.record.id, a1);
  assert.equal(await first.othersWait(), true);
  await first.park();
  const order: string[] = [];
  for (let at = 0; at < 5; at++) {
    const lease = await store.take(soon());
    order.push(lease.record.id);
    await lease.append([responseLine(0)]);
    if (at === 4) assert.equal(await lease.othersWait(), false);
    await lease.finish(null);
  }
  assert.deepEqual(order, [b, c, a2, a3, a1]);
});

test("hands a job on when its replica dies, and never lets two append", async ({ join, links }) => {
  const [one, other] = [await join(), await join()];
  const { id } = await create(one, 4, ann());
  const lease = await one.take(soon());
  await lease.append([responseLine(0)]);
  // The replica is cut from Redis, and lives on.
  links[0]!.redis.disconnect();
  await assert.rejects(async () => {
    for (let index = 1; index < 3; index++) {
      await lease.append([responseLine(index)]);
      await new Promise((resolve) => setTimeout(resolve, LOCK_MS));
    }
  }, /not renewed in time/);
  const taken = await other.take(soon(20_000));
  assert.equal(taken.record.id, id);
  assert.equal(taken.record.done, 2);
  await taken.append([responseLine(2), responseLine(3)]);
  await taken.finish(null);
  assert.deepEqual(await resultLines(other, id), [0, 1, 2, 3].map((index) => responseLine(index)));
});

test("stops a job at another replica that is paused, cancelled or removed, and appends nothing after that", async ({ join }) => {
  const [one, other] = [await join(), await join()];
  const { id } = await create(one, 3, ann());
  const paused = await one.take(soon());
  await paused.append([responseLine(0)]);
  assert.equal((await other.change(id, { paused: true })).paused, true);
  await assert.rejects(paused.append([responseLine(1)]), /paused/);
  await until(() => paused.signal.aborted);
  await paused.park();
  assert.equal((await other.get(id))!.state, "queued");
  assert.equal(await other.position(id), null);
  await other.change(id, { paused: false, shared: true });
  const lease = await other.take(soon());
  assert.deepEqual([lease.record.done, lease.record.shared], [1, true]);
  await one.remove(id);
  await assert.rejects(lease.append([responseLine(1)]), /cancelled/);
  await lease.park();
  const { state, done } = (await one.get(id))!;
  assert.deepEqual([state, done], ["cancelled", 1]);
  await refused(other.change(id, { paused: true }), "finished");
  await other.remove(id);
  await refused(one.remove(id), "notFound");
});

test("goes on when Redis forgets everything, and when jobs were made that it never knew", async ({ server, join }) => {
  const store = await join();
  const { id } = await create(store, 2, ann());
  const lease = await store.take(soon());
  await lease.append([responseLine(0)]);
  const waiting = (await create(store, 1, ann({}, "bob"))).id;
  await server.forget();
  await until(() => lease.signal.aborted);
  await lease.park();
  const seen = new Set<string>();
  for (let at = 0; at < 2; at++) {
    const again = await store.take(soon(15_000));
    seen.add(again.record.id);
    await again.append([responseLine(again.record.done)]);
    await again.finish(null);
  }
  assert.deepEqual(seen, new Set([id, waiting]));
  assert.equal((await store.counts()).succeeded, 2);
});

test("says that Redis is away, changes nothing meanwhile, and goes on by itself", async ({ server, join }) => {
  const store = await join();
  const { id } = await create(store, 2, ann());
  const lease = await store.take(soon());
  assert.equal(store.trouble, null);
  await server.kill();
  await until(() => store.trouble !== null);
  assert.match(store.trouble!, /^Redis is away: jobs wait for it/);
  for (const change of [() => create(store, 1), () => store.remove(id), () => store.change(id, { paused: true })]) {
    await refused(change(), "away");
  }
  assert.equal((await store.get(id))!.state, "running");
  await lease.append([responseLine(0)]); // The lock holds for some seconds.
  await server.start();
  await until(() => store.trouble === null);
  await lease.append([responseLine(1)]);
  await lease.finish(null);
  assert.equal((await store.get(id))!.state, "succeeded");
  server.stand();
  await until(() => store.trouble !== null);
  await refused(create(store, 1), "away");
  server.goOn();
  await until(() => store.trouble === null);
  await create(store, 1);
});

test("counts a key's unfinished jobs across replicas, however they are made at once", async ({ join }) => {
  const stores = [await join(), await join(), await join()];
  const many = await Promise.allSettled(
    Array.from({ length: 9 }, (_, at) => create(stores[at % 3]!, 1, ann({ jobsQueued: 2 }))),
  );
  const made = many.filter(({ status }) => status === "fulfilled").length;
  assert.ok(made >= 1 && made <= 2, `${made} of 2`);
  await refused(create(stores[1]!, 1, ann({ jobsQueued: made })), "quota");
  assert.equal((await stores[2]!.counts()).queued, made);
  await create(stores[0]!, 1, ann({ jobsQueued: 1 }, "bob"));
});

test("keeps to the bytes that it may take, for which finished jobs go, and pages through them", async ({ join, folder }) => {
  const store = await join({ maxBytes: 4000 });
  const ids: string[] = [];
  for (let at = 0; at < 4; at++) {
    ids.push((await create(store, 1, ann())).id);
    const lease = await store.take(soon());
    await lease.append([responseLine(0, "x".repeat(900))]);
    await lease.finish(null);
  }
  const page = await store.list(() => true, 3);
  assert.deepEqual(page.jobs.map(({ id }) => id), ids.slice(1).reverse());
  assert.deepEqual((await store.list(() => true, 3, page.cursor!)).jobs.map(({ id }) => id), ids.slice(0, 1));
  const { id } = await create(store, 1, ann());
  const lease = await store.take(soon());
  await lease.append([responseLine(0, "x".repeat(1900))]);
  await lease.finish(null);
  assert.deepEqual((await store.list(() => true, 9)).jobs.map((job) => job.id), [id, ids[3]!, ids[2]!]);
  await refused(store.create(smallJob(300, ann()), NEVER), "full");
  assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => /^\.(new|gone)/.test(name)), []);
});
