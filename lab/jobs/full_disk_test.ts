import assert from "node:assert/strict";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { JobRunner } from "./runner.ts";
import { FaultyDisk } from "./testing/faulty_disk.ts";
import { create, keptLog, NEVER, problemLine, responseLine, resultLines, smallStore } from "./testing/small_jobs.ts";
import { JobStoreError } from "./types.ts";

Deno.test("EmbeddedJobs.create() on a disk that is full at any step refuses the job and leaves nothing of it", async () => {
  await using folder = await TemporaryFolder.make();
  const disk = new FaultyDisk();
  await using store = await smallStore(folder.path, { disk });
  let steps = 0;
  for (let made = false; !made; steps++) {
    disk.stepsLeft = steps;
    const created = create(store, 3);
    made = await created.then(() => true, (error) => {
      assert.ok(error instanceof JobStoreError && error.kind === "noRoom", String(error.stack));
      return false;
    });
    disk.stepsLeft = Infinity;
    const names = (await Array.fromAsync(Deno.readDir(folder.path))).filter(({ isDirectory }) => isDirectory);
    assert.equal(names.length, made ? 1 : 0, JSON.stringify(names));
    assert.equal(store.trouble !== null, !made);
  }
  assert.ok(steps > 6, `${steps} steps`);
});

Deno.test("EmbeddedJobs.append() on a disk that is full appends nothing, and goes on when there is room", async () => {
  await using folder = await TemporaryFolder.make();
  const disk = new FaultyDisk();
  let id: string;
  {
    await using store = await smallStore(folder.path, { disk });
    id = (await create(store, 4)).id;
    const lease = await store.take(NEVER);
    await lease.append([responseLine(0)]);
    for (const steps of [0, 1]) {
      disk.stepsLeft = steps;
      await assert.rejects(lease.append([responseLine(1), responseLine(2)]), { kind: "noRoom" });
      assert.equal((await store.get(id))!.done, 1);
      assert.match(store.trouble!, /no room/);
      disk.stepsLeft = Infinity;
      assert.deepEqual(await resultLines(store, id), [responseLine(0)]);
    }
    await lease.append([responseLine(1)]);
    assert.equal(store.trouble, null);
  }
  await using store = await smallStore(folder.path);
  assert.deepEqual(await resultLines(store, id), [responseLine(0), responseLine(1)]);
});

Deno.test("EmbeddedJobs of a folder that cannot be written any more says so, and goes on when it can", async () => {
  await using folder = await TemporaryFolder.make();
  const disk = new FaultyDisk("EACCES");
  await using store = await smallStore(folder.path, { disk });
  disk.stepsLeft = 0;
  await assert.rejects(create(store, 1), { kind: "away", message: "the folder of jobs cannot be written" });
  assert.equal(store.trouble, "the folder of jobs cannot be written");
  disk.stepsLeft = Infinity;
  await create(store, 1);
  assert.equal(store.trouble, null);
});

Deno.test("JobRunner waits for room on the disk: nothing is lost, nothing is run twice", async () => {
  await using folder = await TemporaryFolder.make();
  const disk = new FaultyDisk();
  await using store = await smallStore(folder.path, { disk });
  const { id } = await create(store, 6);
  const asked: number[] = [];
  let waits = 0;
  await using _runner = new JobRunner({
    queue: store,
    run: async function* (prompts) {
      for (const { index } of prompts) {
        asked.push(index);
        if (index === 3) disk.stepsLeft = 0;
        yield await Promise.resolve({ index, line: responseLine(index) });
      }
    },
    log: keptLog(),
    refuse: ({ index }) => ({ index, line: problemLine(index) }),
    ready: () => Promise.resolve(),
    pieceSize: 4,
    sleep: () => {
      if (++waits === 3) disk.stepsLeft = Infinity;
      return new Promise((resolve) => setTimeout(resolve));
    },
  });
  let job = (await store.get(id))!;
  while (job.state !== "succeeded") {
    await store.changed(id, job, AbortSignal.timeout(5000));
    job = (await store.get(id))!;
    assert.notEqual(job.state, "failed", job.error!);
  }
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 5]);
  assert.equal(waits, 3);
  assert.deepEqual(await resultLines(store, id), Array.from({ length: 6 }, (_, i) => responseLine(i)));
});
