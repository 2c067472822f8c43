import { type ConnectionOptions, type Job, Queue, Worker } from "bullmq";
import type { RedisLink } from "./redis_link.ts";

/** A lock that is not renewed for so long is lost, and its job handed on; two looks of {@link STALLED_MS} later at most. */
export const LOCK_MS = 6000;
const STALLED_MS = 2000;
/** How often a job may be handed on: without end, for it loses nothing by that. */
const ENDLESSLY = 2 ** 31 - 1;
/** How many of those that wait are looked at for an owner's sake: the first of every owner is among the first. */
const LOOKED_AT = 64;

/** What BullMQ keeps of a job: everything else is in the job's folder. */
interface Ticket {
  readonly owner: string | null;
}

/** A job that this process has the lock of. */
export interface TakenJob {
  readonly id: string;
  /** @returns whether the lock is still held @throws {RedisAway} */
  renew(): Promise<boolean>;
  /** Takes it out of the queue. @throws {RedisAway} */
  done(): Promise<void>;
}

/**
 * The place of an owner's next job: behind those that the owner has waiting already, and level with what is being served, so that
 * owners come in turn (start-time fair queueing, Goyal et al. 1996, each turn of one job counted as one).
 */
const TURN = `
if redis.call('ZCARD', KEYS[2]) == 0 then redis.call('DEL', KEYS[1]) end
local served = tonumber(redis.call('HGET', KEYS[1], 'served') or '0')
local turn = math.max(served, tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0'))
if turn > 2000000 then redis.call('DEL', KEYS[1]) turn = 0 end
redis.call('HSET', KEYS[1], ARGV[1], turn + 1)
return turn`;

const SERVED = `
local served = tonumber(redis.call('HGET', KEYS[1], 'served') or '0')
if tonumber(ARGV[1]) > served then redis.call('HSET', KEYS[1], 'served', ARGV[1]) end`;

/** The ids of jobs that wait, and the locks of those that run: a BullMQ queue, whose priorities are turns of owners. */
export class RedisQueue implements AsyncDisposable {
  #parts: Promise<{ readonly queue: Queue<Ticket>; readonly worker: Worker<Ticket> }> | undefined;

  constructor(readonly link: RedisLink, readonly namespace: string) {}

  /** Adds those that the queue does not know. @returns how many @throws {RedisAway} */
  async add(jobs: readonly (Ticket & { readonly id: string })[]): Promise<number> {
    return await this.#ask(async ({ queue }) => {
      let added = 0;
      for (const { id, owner } of jobs) {
        if (await this.link.redis.exists(queue.toKey(id)) === 1) continue;
        const turn = await this.link.redis.eval(
          TURN,
          2,
          this.#turnsKey,
          queue.toKey("prioritized"),
          owner === null ? "nobody" : `owner ${owner}`,
        );
        const priority = Number(turn) + 1;
        await queue.add("job", { owner }, { jobId: id, priority, removeOnComplete: true, removeOnFail: true });
        added++;
      }
      return added;
    });
  }

  /** The next job, locked for this process; null where none waits. @throws {RedisAway} */
  async next(): Promise<TakenJob | null> {
    const token = crypto.randomUUID();
    return await this.#ask(async ({ worker }) => {
      const job: Job<Ticket> | undefined = await worker.getNextJob(token, { block: false });
      if (job?.id === undefined) return null;
      await this.link.redis.eval(SERVED, 1, this.#turnsKey, (job.opts.priority ?? 1) - 1);
      return {
        id: job.id,
        renew: () => this.link.ask(async () => await job.extendLock(token, LOCK_MS) === 1),
        done: () =>
          this.link.ask(async () => {
            await job.moveToCompleted(null as never, token, false).catch(ignoreLost);
          }),
      };
    });
  }

  /** Takes out one that waits. @throws {RedisAway} */
  async remove(id: string): Promise<void> {
    // One that is locked stays: whoever has it finds that there is nothing to do.
    await this.#ask(async ({ queue }) => void await queue.remove(id).catch(ignoreLost));
  }

  /** Place among those that wait, from 1; null for one that does not. @throws {RedisAway} */
  async position(id: string): Promise<number | null> {
    return await this.#ask(async ({ queue }) => {
      // What a dead replica left is next, from the end of the list.
      const handedOn = (await this.link.redis.lrange(queue.toKey("wait"), 0, -1)).reverse();
      const first = handedOn.indexOf(id);
      if (first >= 0) return first + 1;
      const rank = await this.link.redis.zrank(queue.toKey("prioritized"), id);
      return rank === null ? null : handedOn.length + rank + 1;
    });
  }

  /** Whether owners wait of whose jobs none runs. @throws {RedisAway} */
  async othersWait(): Promise<boolean> {
    return await this.#ask(async ({ queue }) => {
      const waiting = await queue.getJobs(["wait", "prioritized"], 0, LOOKED_AT - 1, true);
      if (waiting.length === 0) return false;
      const busy = new Set((await queue.getJobs(["active"], 0, LOOKED_AT - 1)).map((job) => job?.data.owner));
      return waiting.some((job) => job !== undefined && !busy.has(job.data.owner));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined);
    await Promise.allSettled([parts?.worker.close(true), parts?.queue.close()]);
  }

  get #turnsKey(): string {
    return `${this.namespace}:turns`;
  }

  #ask<T>(question: (parts: { queue: Queue<Ticket>; worker: Worker<Ticket> }) => Promise<T>): Promise<T> {
    return this.link.ask(async () => {
      this.#parts ??= this.#open();
      const parts = await this.#parts.catch((error) => {
        this.#parts = undefined;
        throw error;
      });
      return await question(parts);
    });
  }

  async #open() {
    const options = { connection: this.link.redis as unknown as ConnectionOptions, prefix: this.namespace };
    const queue = new Queue<Ticket>("jobs", options);
    const worker = new Worker<Ticket>("jobs", undefined, {
      ...options,
      autorun: false,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      maxStalledCount: ENDLESSLY,
    });
    // The link says what there is to say.
    queue.on("error", () => {});
    worker.on("error", () => {});
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    await worker.startStalledCheckTimer();
    return { queue, worker };
  }
}

/** The lock is lost, or Redis has forgotten the job: it is no longer this process' to say. */
function ignoreLost(error: Error): void {
  if (!/lock|Missing key|not in the active state/i.test(error.message)) throw error;
}
