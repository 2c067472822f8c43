import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { create, keptLog, NEVER, responseLine, resultLines, smallStore } from "./testing/small_jobs.ts";
import type { EmbeddedJobs } from "./embedded_store.ts";

async function finished(store: EmbeddedJobs): Promise<string> {
  const { id } = await create(store, 1);
  const lease = await store.take(NEVER);
  await lease.append([responseLine(0)]);
  await lease.finish(null);
  return id;
}

Deno.test("a folder of jobs is of one process: the second is told so in one line", async () => {
  await using folder = await TemporaryFolder.make();
  await using _store = await smallStore(folder.path);
  await assert.rejects(smallStore(folder.path), ({ message }: Error) => {
    assert.match(message, /^another midstream has the jobs of this --data folder/);
    return !message.includes("\n");
  });
});

Deno.test("a folder of jobs without its table, or with a spoiled one, is read from the folders", async () => {
  for (
    const spoil of [(path: string) => Deno.remove(path), (path: string) => Deno.writeTextFile(path, "x".repeat(5000))]
  ) {
    await using folder = await TemporaryFolder.make();
    let ids: string[] = [];
    let before: unknown;
    {
      await using store = await smallStore(folder.path);
      ids = [await finished(store), (await create(store, 3)).id, (await create(store, 2)).id];
      const lease = await store.take(NEVER);
      await lease.append([responseLine(0), responseLine(1)]);
      await store.change(ids[2]!, { paused: true, shared: true });
      await lease.park();
      before = (await store.list(() => true, 9)).jobs.map((job) => ({ ...job }));
    }
    await spoil(join(folder.path, "jobs.sqlite"));
    await using store = await smallStore(folder.path);
    assert.deepEqual((await store.list(() => true, 9)).jobs, before);
    assert.deepEqual(await resultLines(store, ids[0]!), [responseLine(0)]);
    assert.equal((await store.take(NEVER)).record.id, ids[1]);
  }
});

Deno.test("a folder of jobs drops what was being made, and finishes what was being removed", async () => {
  await using folder = await TemporaryFolder.make();
  let id: string;
  {
    await using store = await smallStore(folder.path);
    id = await finished(store);
  }
  await Deno.mkdir(join(folder.path, ".new-00000000000000000000000000"));
  await Deno.rename(join(folder.path, id), join(folder.path, `.gone-${id}`));
  await using store = await smallStore(folder.path);
  assert.deepEqual(await store.list(() => true, 9), { jobs: [], cursor: null });
  assert.deepEqual((await Array.fromAsync(Deno.readDir(folder.path))).filter(({ isDirectory }) => isDirectory), []);
});

Deno.test("a job whose folder is gone has failed, and one that cannot be read is left alone", async () => {
  await using folder = await TemporaryFolder.make();
  let ids: string[];
  {
    await using store = await smallStore(folder.path);
    ids = [(await create(store, 1)).id, await finished(store)];
  }
  for (const id of ids) await Deno.remove(join(folder.path, id), { recursive: true });
  const unreadable = "00000000000000000000000000";
  await Deno.mkdir(join(folder.path, unreadable));
  const log = keptLog();
  await using store = await smallStore(folder.path, { log });
  for (const id of ids) {
    const job = (await store.get(id))!;
    assert.deepEqual([job.state, job.done, job.error], ["failed", 0, "its files are gone from the data folder"]);
  }
  assert.equal(await store.get(unreadable), null);
  assert.ok((await Deno.stat(join(folder.path, unreadable))).isDirectory);
  assert.ok(log.lines.some((line) => line.startsWith("warn") && line.includes(unreadable)));
  for (const id of ids) await store.remove(id);
  assert.deepEqual((await store.list(() => true, 9)).jobs, []);
});
