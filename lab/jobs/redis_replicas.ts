import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { RedisQuotas } from "../quota/redis_quotas.ts";
import { JobFiles } from "./job_files.ts";
import { RedisLink } from "./redis_link.ts";
import { redisNamespace } from "./redis_namespace.ts";
import { RedisJobs } from "./redis_store.ts";
import type { JobLimits } from "./types.ts";

export interface ReplicasOptions {
  /** Of Redis, with what it takes to be let in. */
  readonly url: string;
  /** Of the jobs; all replicas have the same. */
  readonly folder: string;
  readonly limits: JobLimits;
  readonly log: Log;
}

/** What a service has in common with its other replicas. */
export interface Replicas extends AsyncDisposable {
  readonly jobs: RedisJobs;
  readonly quotas: RedisQuotas;
}

/**
 * Joins the other replicas of a folder; Redis may come later.
 * @throws with one clear line: where a process without Redis has the folder's jobs, or it cannot be written
 */
export async function joinReplicas({ url, folder, limits, log }: ReplicasOptions): Promise<Replicas> {
  await using opened = new AsyncDisposableStack();
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = opened.use(await Deno.open(join(folder, "lock"), { create: true, read: true, write: true }));
    if (!await lock.tryLock(false)) throw new Error(TAKEN);
    const namespace = await redisNamespace(folder);
    const link = opened.use(new RedisLink(url, log));
    await link.settled();
    const quotas = opened.use(new RedisQuotas(link, namespace));
    const jobs = opened.use(new RedisJobs({ files: new JobFiles(folder), link, namespace, limits, log }));
    const owned = opened.move();
    return { jobs, quotas, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new Error("--data: this user may not write the folder of jobs in it", { cause: error });
  }
}

const TAKEN =
  "another midstream has the jobs of this --data folder without --redis: give all replicas the same --redis";
