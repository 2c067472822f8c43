import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import type { JobFiles } from "./job_files.ts";
import { RedisAway, type RedisLink } from "./redis_link.ts";
import type { RedisQueue } from "./redis_queue.ts";
import type { SharedJobs } from "./redis_shared_jobs.ts";
import { isFinal } from "./types.ts";

/** How often what Redis may have forgotten is looked for. */
const REMIND_MS = 5000;
/** How often finished jobs are looked at. */
const SWEEP_MS = 60_000;
/** Folders that are being made or removed are some process' work; after so long it is no more. */
const LEFT_MS = 24 * 3600 * 1000;

export interface UpkeepParts {
  readonly files: JobFiles;
  readonly jobs: SharedJobs;
  readonly queue: RedisQueue;
  readonly link: RedisLink;
  readonly namespace: string;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether this process runs the job. */
  readonly runs: (id: string) => boolean;
  /** Removes a finished job. */
  readonly discard: (id: string) => Promise<void>;
  /** Jobs have come into the queue. */
  readonly queued: () => void;
}

/** Reminds Redis of the jobs that it has forgotten, at each reconnection and now and then; removes what is kept no longer. */
export class RedisUpkeep implements Disposable {
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #closed = false;

  constructor(readonly parts: UpkeepParts) {
    parts.link.onThere(() => void this.remind());
    this.#timers = [setInterval(() => void this.remind(), REMIND_MS), setInterval(() => void this.sweep(), SWEEP_MS)];
    for (const timer of this.#timers) Deno.unrefTimer(timer);
  }

  /** Adds to the queue what is to be run and Redis does not know. */
  async remind(): Promise<void> {
    const { jobs, queue, runs, queued, log } = this.parts;
    if (this.parts.link.away || this.#closed) return;
    try {
      const waiting = (await jobs.unfinished()).filter(({ paused, id }) => !paused && !runs(id));
      if (await queue.add(waiting) > 0) queued();
    } catch (error) {
      if (!(error instanceof RedisAway)) log.warn("the unfinished jobs could not be looked for", { error });
    }
  }

  /** The same for one job. */
  async remindOf(id: string): Promise<void> {
    const job = await this.parts.files.read(id).catch(() => null);
    if (job === null || isFinal(job.record.state) || job.record.paused) return;
    await this.parts.queue.add([job.record]).catch(() => {});
  }

  /** One replica does it for all; while Redis is away nobody does. */
  async sweep(): Promise<void> {
    const { jobs, link, namespace, log, discard } = this.parts;
    try {
      const mine = await link.ask((redis) => redis.set(`${namespace}:sweep`, "1", "PX", SWEEP_MS / 2, "NX"));
      if (mine === null || this.#closed) return;
      for (const id of await jobs.superfluous()) await discard(id);
      await this.#removeLeft();
    } catch (error) {
      if (!(error instanceof RedisAway)) log.warn("finished jobs could not be removed", { error });
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** What replicas that were killed have left. */
  async #removeLeft(): Promise<void> {
    const { files: { path }, now } = this.parts;
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (!isDirectory || !/^\.(new|gone)-/.test(name)) continue;
      const { mtime } = await Deno.stat(join(path, name));
      if (mtime !== null && now() - mtime.getTime() > LEFT_MS) await Deno.remove(join(path, name), { recursive: true });
    }
  }
}
