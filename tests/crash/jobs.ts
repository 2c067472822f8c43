/**
 * Kills a process that makes and runs jobs (`kill -9` at random moments) and looks at what is left:
 * `deno run -A tests/crash/jobs.ts --kills 50 --seed 1`. Ends with 1 and the reason where a promise was broken.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EmbeddedJobs } from "../../lab/jobs/embedded_store.ts";
import { JobRunner } from "../../lab/jobs/runner.ts";
import { keptLog, promptLine, resultLines, ROOMY, smallStore } from "../../lab/jobs/testing/small_jobs.ts";
import { isFinal, type JobState } from "../../lab/jobs/types.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { answerLine, type ChildLine } from "./jobs_child.ts";
import { KilledProcess } from "./killed_process.ts";
import { SeededRandom } from "./seeded_random.ts";

const CHILD = fileURLToPath(new URL("./jobs_child.ts", import.meta.url));
const LONGEST_LIFE_MS = 400;

export interface JobCrashCounts {
  kills: number;
  /** Acknowledged jobs, and the prompts answered of those that were not removed. */
  jobs: number;
  prompts: number;
  /** Jobs that were running, with some results, when the process was killed. */
  cutOff: number;
}

/** What was said of a job. */
interface Promised {
  readonly total: number;
  readonly name: string;
  /** Someone asked for its end. */
  deleted?: boolean;
  /** What it was promised to be from then on; null: gone. */
  state?: JobState | null;
}

/** @throws {AssertionError} naming the broken promise */
export async function crashJobs({ kills, seed }: { kills: number; seed: number }): Promise<JobCrashCounts> {
  const random = new SeededRandom(seed);
  await using folder = await TemporaryFolder.make();
  const promised = new Map<string, Promised>();
  const counts: JobCrashCounts = { kills: 0, jobs: 0, prompts: 0, cutOff: 0 };
  while (counts.kills < kills) {
    using child = new KilledProcess<ChildLine>(CHILD, [folder.path, String(random.below(2 ** 31))]);
    await child.ready;
    await new Promise((resolve) => setTimeout(resolve, random.fraction() * LONGEST_LIFE_MS));
    for (const line of await child.kill()) hear(line, promised);
    counts.kills++;
    counts.cutOff += await begun(folder.path);
  }
  await finish(folder.path);
  await check(folder.path, promised, counts);
  return counts;
}

function hear(line: ChildLine, promised: Map<string, Promised>): void {
  if (line.type === "made") promised.set(line.id, { total: line.total, name: line.name });
  if (line.type === "made" || line.type === "ready") return;
  const job = promised.get(line.id);
  // One whose creation was cut off is there too; it was promised to nobody.
  if (!job) return;
  job.deleted = true;
  if (line.type === "deleted") job.state = line.state;
}

/** Jobs that have been begun and are not done. */
async function begun(folder: string): Promise<number> {
  await using store = await smallStore(folder);
  const { jobs } = await store.list(() => true, 10_000);
  return jobs.filter(({ state, done }) => !isFinal(state) && done > 0).length;
}

/** Lets all that was acknowledged come to its end. */
async function finish(folder: string): Promise<void> {
  await using store = await EmbeddedJobs.open({ folder, limits: ROOMY, log: keptLog() });
  await using _runner = new JobRunner({
    queue: store,
    run: async function* (prompts) {
      for (const { index, line } of prompts) yield await Promise.resolve({ index, line: answerLine(index, line) });
    },
    log: keptLog(),
    refuse: () => assert.fail("no engine died"),
    ready: () => Promise.resolve(),
  });
  for (let left = Infinity; left > 0;) {
    const { queued, running } = await store.counts();
    left = queued + running;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function check(folder: string, promised: ReadonlyMap<string, Promised>, counts: JobCrashCounts): Promise<void> {
  const log = keptLog();
  await using store = await smallStore(folder, { log });
  for (const [id, { total, name, deleted = false, state }] of promised) {
    counts.jobs++;
    const job = await store.get(id);
    // It may have been deleted once more, unheard.
    if (state !== undefined && job !== null) assert.equal(job.state, state, `job ${id} has come back`);
    if (job === null || job.state === "cancelled") assert.ok(deleted, `job ${id} is lost, and nobody asked for that`);
    if (job === null) continue;
    const done = job.state === "cancelled" ? job.done : total;
    const expected = Array.from({ length: done }, (_, index) => answerLine(index, promptLine(index, name)));
    assert.deepEqual(await resultLines(store, id), expected, `job ${id}, ${job.state}`);
    const failed = expected.filter((line) => line.includes('"problem"')).length;
    assert.deepEqual([job.done, job.failed, job.total, job.error], [done, failed, total, null], `job ${id}`);
    if (job.state !== "cancelled") assert.equal(job.state, "succeeded");
    counts.prompts += done;
  }
  assert.deepEqual(log.lines.filter((line) => !line.startsWith("info")), []);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
  });
  const { kills, jobs, prompts, cutOff } = await crashJobs({ kills: Number(values.kills), seed: Number(values.seed) });
  console.log(
    `${kills} kills: of ${jobs} acknowledged jobs none was lost; ${cutOff} times one was cut off in its middle; ` +
      `all ${prompts} prompts were answered once, in order`,
  );
}
