/**
 * Kills the whole service (`kill -9` at random moments, with the demo) while jobs run and lenses are uploaded, and looks at
 * what is left: `deno run -A tests/crash/service.ts --kills 50 --seed 1`. Ends with 1 and the reason where a promise was broken.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { smallStore } from "../../lab/jobs/testing/small_jobs.ts";
import { isFinal } from "../../lab/jobs/types.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { SeededRandom } from "./seeded_random.ts";
import { ServiceProcess } from "./service_process.ts";

const LENS = fileURLToPath(new URL("../../demo/lenses/jacobian.pt", import.meta.url));
const LONGEST_LIFE_MS = 1500;
const MOST_PROMPTS = 120;
/** Unfinished jobs that there may be: what is left at the end is not to take long. */
const UNFINISHED = 5;

export interface ServiceCrashCounts {
  kills: number;
  /** Jobs that were acknowledged, and their prompts. */
  jobs: number;
  prompts: number;
  /** Lenses that were acknowledged. */
  lenses: number;
  /** Jobs that had been begun and were not done when a process had been killed. */
  cutOff: number;
}

interface Acknowledged {
  /** Prompts of a job by its id. */
  readonly jobs: Map<string, readonly string[]>;
  readonly lenses: Set<string>;
}

/** @throws {AssertionError} naming the broken promise */
export async function crashService({ kills, seed }: { kills: number; seed: number }): Promise<ServiceCrashCounts> {
  const random = new SeededRandom(seed);
  const lens = await Deno.readFile(LENS);
  await using folder = await TemporaryFolder.make();
  const acknowledged: Acknowledged = { jobs: new Map(), lenses: new Set() };
  const counts: ServiceCrashCounts = { kills: 0, jobs: 0, prompts: 0, lenses: 0, cutOff: 0 };
  for (; counts.kills < kills; counts.kills++) {
    await using service = await ServiceProcess.start(folder.path);
    const life = new AbortController();
    const working = [makeJobs(service, random, acknowledged, life.signal), upload(service, random, lens, acknowledged)];
    await new Promise((resolve) => setTimeout(resolve, random.fraction() * LONGEST_LIFE_MS));
    life.abort();
    await service.kill();
    await Promise.all(working);
    counts.cutOff += await begun(join(folder.path, "jobs"));
  }
  await using service = await ServiceProcess.start(folder.path);
  await check(service, acknowledged, counts);
  return counts;
}

/** Jobs that have been begun and are not done. */
async function begun(folder: string): Promise<number> {
  await using store = await smallStore(folder);
  const { jobs } = await store.list(() => true, 10_000);
  return jobs.filter(({ state, done }) => !isFinal(state) && done > 0).length;
}

async function makeJobs(
  service: ServiceProcess,
  random: SeededRandom,
  { jobs }: Acknowledged,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; !signal.aborted; at++) {
    const name = `${random.below(2 ** 31)} ${at}`;
    const prompts = Array.from({ length: 1 + random.below(MOST_PROMPTS) }, (_, index) => `Once ${name} ${index}`);
    const unfinished = await service.jobs().catch(() => null);
    if (unfinished === null) return;
    if (unfinished.filter(({ state }) => state === "queued" || state === "running").length < UNFINISHED) {
      const id = await service.createJob(prompts).catch(() => null);
      if (id !== null) jobs.set(id, prompts);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function upload(
  service: ServiceProcess,
  random: SeededRandom,
  lens: Uint8Array<ArrayBuffer>,
  { lenses }: Acknowledged,
): Promise<void> {
  const id = `lens-${random.below(2 ** 31)}`;
  await new Promise((resolve) => setTimeout(resolve, random.below(LONGEST_LIFE_MS)));
  if (await service.putLens(id, lens).catch(() => false)) lenses.add(id);
}

async function check(service: ServiceProcess, acknowledged: Acknowledged, counts: ServiceCrashCounts): Promise<void> {
  const there = await service.lenses();
  for (const id of acknowledged.lenses) assert.ok(there.includes(id), `the lens ${id} was acknowledged and is gone`);
  counts.lenses = acknowledged.lenses.size;
  for (const [id, prompts] of acknowledged.jobs) {
    await service.ended(id);
    const job = (await service.jobs()).find((job) => job.id === id);
    assert.deepEqual(
      { state: job?.state, done: job?.done, failed: job?.failed },
      { state: "succeeded", done: prompts.length, failed: 0 },
      `job ${id}`,
    );
    const results = await service.result(id);
    assert.deepEqual(results.map(({ index }) => index), prompts.map((_, index) => index), `job ${id}`);
    assert.deepEqual(results.map(({ text }) => text), prompts, `job ${id}`);
    counts.jobs++;
    counts.prompts += prompts.length;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
  });
  const { kills, jobs, prompts, lenses, cutOff } = await crashService({
    kills: Number(values.kills),
    seed: Number(values.seed),
  });
  console.log(
    `${kills} kills: none of ${jobs} acknowledged jobs and ${lenses} lenses was lost; ${cutOff} times a job was cut off ` +
      `in its middle; all ${prompts} prompts were answered once, in order`,
  );
}
