/**
 * Two replicas with one folder and one Redis: kills the one that runs a job, and Redis, with `kill -9` in the middle of it, and looks
 * whether the job still ends with each prompt once, in order:
 * `deno run -A tests/crash/replicas.ts --kills 20 --redis-kills 5 --seed 1`. Needs redis-server. Ends with 1 and the reason where not.
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { RedisServer } from "../replicas/redis_server.ts";
import { Replica } from "../replicas/replica.ts";
import { checkWhole, jobUntil, postJob } from "../replicas/replica_job.ts";
import { SeededRandom } from "./seeded_random.ts";

const PROMPTS = 200;
/** Longest that Redis stays away after a kill. */
const LONGEST_AWAY_MS = 3000;

export interface ReplicaCrashes {
  kills: number;
  redisKills: number;
  jobs: number;
  /** Longest time from a kill until the job went on, in milliseconds. */
  longestGapMs: number;
}

/** @throws {AssertionError} naming the broken promise */
export async function crashReplicas(
  { kills, redisKills, seed }: { readonly kills: number; readonly redisKills: number; readonly seed: number },
): Promise<ReplicaCrashes> {
  const random = new SeededRandom(seed);
  const left: ("replica" | "redis")[] = [...Array(kills).fill("replica"), ...Array(redisKills).fill("redis")];
  const counts: ReplicaCrashes = { kills: 0, redisKills: 0, jobs: 0, longestGapMs: 0 };
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await TemporaryFolder.make());
  const redis = owned.use(await RedisServer.start());
  const start = () => Replica.start(folder.path, redis.url);
  const replicas = await Promise.all([start(), start()]);
  owned.defer(async () => void await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]())));
  let job = await postJob(random.pick(replicas), PROMPTS);
  counts.jobs++;
  const ended = async () => {
    job = await jobUntil(() => replicas, job.id, ({ state }) => state !== "queued" && state !== "running");
    assert.deepEqual([job.state, job.done, job.failed], ["succeeded", PROMPTS, 0]);
    await checkWhole(random.pick(replicas), job);
  };
  while (left.length > 0) {
    const least = job.done + 1 + random.below(PROMPTS / 4);
    if (job.state === "succeeded" || least > PROMPTS * 0.8) {
      await ended();
      job = await postJob(random.pick(replicas), PROMPTS);
      counts.jobs++;
      continue;
    }
    job = await jobUntil(() => replicas, job.id, ({ done }) => done >= least);
    const { done } = job;
    const at = replicas.findIndex((replica) => replica.runs(job.id));
    if (at < 0) { // It has just ended, or goes from one to the other.
      await new Promise((resolve) => setTimeout(resolve, 25));
      continue;
    }
    const [what] = left.splice(random.below(left.length), 1);
    const killed = performance.now();
    const next = what === "replica" ? await replicas[at]!.kill().then(start) : null;
    if (next === null) {
      await redis.kill();
      await new Promise((resolve) => setTimeout(resolve, random.fraction() * LONGEST_AWAY_MS));
      await redis.start();
      if (random.fraction() < 0.5) await redis.forget();
      counts.redisKills++;
    } else {
      replicas[at] = next;
      counts.kills++;
    }
    job = await jobUntil(() => replicas, job.id, (seen) => seen.done > done || seen.state === "succeeded");
    if (job.done < PROMPTS) counts.longestGapMs = Math.max(counts.longestGapMs, performance.now() - killed);
  }
  await ended();
  return counts;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      kills: { type: "string", default: "20" },
      "redis-kills": { type: "string", default: "5" },
      seed: { type: "string", default: "1" },
    },
  });
  const { kills, redisKills, jobs, longestGapMs } = await crashReplicas({
    kills: Number(values.kills),
    redisKills: Number(values["redis-kills"]),
    seed: Number(values.seed),
  });
  console.log(
    `${kills} kills of a replica and ${redisKills} of Redis: each of ${jobs} jobs of ${PROMPTS} prompts ended whole, once and in ` +
      `order; the longest pause was ${(longestGapMs / 1000).toFixed(1)} s`,
  );
}
