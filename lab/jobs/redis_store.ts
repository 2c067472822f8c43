import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { JobChanges } from "./job_changes.ts";
import { isNoRoom } from "./job_disk.ts";
import type { JobFiles } from "./job_files.ts";
import { newJobId } from "./job_id.ts";
import { GrowingCounts } from "./redis_counts.ts";
import { RedisLease } from "./redis_lease.ts";
import { RedisAway, type RedisLink } from "./redis_link.ts";
import { RedisQueue, type TakenJob } from "./redis_queue.ts";
import { lockFile, SharedRecords } from "./redis_records.ts";
import { SharedJobs } from "./redis_shared_jobs.ts";
import { RedisUpkeep } from "./redis_upkeep.ts";
import { ResultsTaken } from "./results_file.ts";
import { isFinal, JobStoreError } from "./types.ts";
import type {
  JobLease,
  JobLimits,
  JobPage,
  JobQueue,
  JobRecord,
  JobResult,
  JobState,
  JobStore,
  NewJob,
} from "./types.ts";

/** Until the queue, and a job that someone waits for, are looked at again, should nobody tell. */
const LOOK_MS = 1000;
/** Least time between two tellings to other replicas that a job goes on. */
const TELL_MS = 250;

export interface RedisJobsParts {
  readonly files: JobFiles;
  readonly link: RedisLink;
  readonly namespace: string;
  readonly limits: JobLimits;
  readonly log: Log;
  /** Clock in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Jobs of several replicas that share a folder. The folder is the truth: what a job is, its prompts, its results. Redis says who
 * runs what, and may forget it: it is reminded. While it is away jobs can be looked at, and not changed.
 */
export class RedisJobs implements JobStore, JobQueue {
  readonly #records: SharedRecords;
  readonly #jobs: SharedJobs;
  readonly #queue: RedisQueue;
  readonly #counts = new GrowingCounts();
  readonly #changes = new JobChanges();
  readonly #leases = new Map<string, RedisLease>();
  readonly #told = new Map<string, number>();
  readonly #upkeep: RedisUpkeep;
  readonly #now: () => number;
  readonly #channel: string;
  #lastId: string | null = null;
  #noRoom: string | null = null;
  #wake = Promise.withResolvers<void>();
  #closed = false;

  /** The folder is there and this process' to write; whoever made the parts closes them, after the store. */
  constructor(readonly parts: RedisJobsParts) {
    const { files, link, namespace, limits, now = Date.now } = parts;
    this.#now = now;
    this.#records = new SharedRecords(files);
    this.#jobs = new SharedJobs(files, limits, now);
    this.#queue = new RedisQueue(link, namespace);
    this.#channel = `${namespace}:changes`;
    link.hear(this.#channel, (id) => this.#heard(id));
    this.#upkeep = new RedisUpkeep({
      ...parts,
      now,
      jobs: this.#jobs,
      queue: this.#queue,
      runs: (id) => this.#leases.has(id),
      discard: (id) => this.#discard(id),
      queued: () => this.#tell(""),
    });
  }

  get trouble(): string | null {
    return this.parts.link.away ? AWAY : this.#noRoom;
  }

  async create(job: NewJob, signal: AbortSignal): Promise<JobRecord> {
    this.#checkThere();
    await this.#jobs.checkQuota(job);
    const { files, limits: { maxPrompts }, link } = this.parts;
    const id = this.#lastId = newJobId(this.#now(), this.#lastId);
    let written = 0;
    const onBytes = async (bytes: number) => {
      await this.#makeRoom(bytes - written);
      written = bytes;
    };
    try {
      const bounds = { maxPrompts, onBytes };
      const { record } = await files.create({ ...job, id, createdAt: this.#time() }, bounds, signal);
      await this.#keepQuota(job, id);
      this.#noRoom = null;
      // It is made, whatever Redis does now: it is reminded of what it does not know.
      await this.#queue.add([record]).catch(ignoreAway);
      if (!link.away) this.#tell(id);
      return record;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async get(id: string): Promise<JobRecord | null> {
    const job = await this.parts.files.read(id);
    return job && await this.#current(job.record);
  }

  async list(sees: (job: JobRecord) => boolean, limit: number, cursor?: string): Promise<JobPage> {
    const jobs: JobRecord[] = [];
    for (const id of (await this.parts.files.ids()).reverse()) {
      if (cursor !== undefined && id >= cursor) continue;
      const job = await this.parts.files.read(id);
      if (job === null || !sees(job.record)) continue;
      if (jobs.length === limit) return { jobs, cursor: jobs.at(-1)?.id ?? null };
      jobs.push(await this.#current(job.record));
    }
    return { jobs, cursor: null };
  }

  async change(id: string, change: { readonly shared?: boolean; readonly paused?: boolean }): Promise<JobRecord> {
    this.#checkThere();
    const changed = await this.#change(id, async (record) => {
      if (change.paused !== undefined && isFinal(record.state)) {
        throw new JobStoreError("finished", `the job ${id} is ${record.state}: it cannot be paused or go on`);
      }
      return await Promise.resolve({ ...record, ...change, ...(change.paused ? { state: "queued" as const } : {}) });
    });
    if (change.paused === true) await this.#queue.remove(id).catch(ignoreAway);
    if (change.paused === false) await this.#queue.add([changed]).catch(ignoreAway);
    this.#tell(id);
    return await this.#current(changed);
  }

  async remove(id: string): Promise<void> {
    this.#checkThere();
    let wasFinal = false;
    await this.#change(id, async (record) => {
      wasFinal = isFinal(record.state);
      if (wasFinal) return record;
      const { done, failed } = await this.#counts.counts(this.parts.files.paths(id).results);
      return { ...record, state: "cancelled", done, failed, finishedAt: this.#time() };
    });
    if (wasFinal) await this.#discard(id);
    await this.#queue.remove(id).catch(ignoreAway);
    this.#tell(id);
  }

  async position(id: string): Promise<number | null> {
    return await this.#queue.position(id).catch(ignoreAway) ?? null;
  }

  async changed(id: string, known: JobRecord, signal: AbortSignal): Promise<void> {
    const job = await this.get(id);
    if (job === null || isFinal(job.state) || JSON.stringify(job) !== JSON.stringify(known)) return;
    await this.#changes.next(id, LOOK_MS, signal);
  }

  async result(id: string): Promise<JobResult | null> {
    const { files } = this.parts;
    // In this order: a job that is final now had all its lines before.
    const job = await files.read(id);
    if (job === null) return null;
    const { prompts, results } = files.paths(id);
    const { bytes } = await this.#counts.counts(results);
    return { file: results, bytes, prompts, final: isFinal(job.record.state) };
  }

  async counts(): Promise<Record<JobState, number>> {
    return await this.#jobs.counts();
  }

  async take(signal: AbortSignal): Promise<JobLease> {
    while (true) {
      signal.throwIfAborted();
      if (this.#closed) throw new Error("the jobs are closed");
      const woken = this.#wake.promise;
      const takenAt = performance.now();
      const taken = await this.#queue.next().catch(ignoreAway);
      const lease = taken && await this.#lease(taken, takenAt);
      if (lease) return lease;
      if (!taken) await until(woken, LOOK_MS, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#upkeep[Symbol.dispose]();
    this.#wake.resolve();
    await Promise.all([...this.#leases.values()].map((lease) => lease.park()));
    this.#changes.tellAll();
    await this.#queue[Symbol.asyncDispose]();
  }

  async #lease(taken: TakenJob, takenAt: number): Promise<JobLease | null> {
    const { id } = taken;
    const { files, log } = this.parts;
    using opened = new DisposableStack();
    try {
      const results = opened.use(await files.openResults(id));
      const job = await this.#records.locked(id, async (job, replace) => {
        if (isFinal(job.record.state) || job.record.paused) return null;
        const startedAt = job.record.startedAt ?? this.#time();
        return { ...job, record: await replace({ ...job.record, state: "running", startedAt }) };
      });
      if (job === null) return await taken.done().then(() => null, () => null);
      const lease = new RedisLease(job.record, takenAt, {
        ...{ caller: job.caller, results, taken, records: this.#records },
        othersWait: () => this.#queue.othersWait(),
        makeRoom: (bytes) => this.#makeRoom(bytes),
        refusal: (error) => this.#refusal(error),
        tell: () => this.#tell(id),
        time: () => this.#time(),
        ended: async (goesOn) => {
          this.#leases.delete(id);
          await taken.done().catch(() => {});
          if (goesOn) await this.#upkeep.remindOf(id);
        },
      });
      opened.move();
      this.#leases.set(id, lease);
      this.#tell(id);
      return lease;
    } catch (error) {
      // Someone else still has it, or its folder is gone or cannot be opened: those that are to go on come again by themselves.
      await taken.done().catch(() => {});
      const expected = error instanceof ResultsTaken || error instanceof Deno.errors.NotFound;
      if (!expected) {
        log.warn("the files of job {id} could not be opened; it is tried again", { id, error: this.#refusal(error) });
      }
      return null;
    }
  }

  async #change(id: string, next: (record: JobRecord) => Promise<JobRecord>): Promise<JobRecord> {
    try {
      return await this.#records.locked(id, async ({ record }, replace) => {
        const changed = await next(record);
        return changed === record ? record : await replace(changed);
      });
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async #current(record: JobRecord): Promise<JobRecord> {
    const path = this.parts.files.paths(record.id).results;
    if (!isFinal(record.state)) {
      const { done, failed } = await this.#counts.counts(path);
      return { ...record, done, failed };
    }
    return record;
  }

  /** Of those that several replicas have made together, as many stay as the key may have. */
  async #keepQuota(job: NewJob, id: string): Promise<void> {
    if (job.caller.quotas.jobsQueued === undefined) return;
    const { files } = this.parts;
    using _lock = await lockFile(join(files.path, "quota.lock"), () => new Error("the folder of jobs is gone"));
    await this.#jobs.checkQuota(job, id).catch(async (error) => {
      await this.#discard(id);
      throw error;
    });
  }

  async #makeRoom(bytes: number): Promise<void> {
    await this.#jobs.makeRoom(bytes, (id) => this.#discard(id));
  }

  async #discard(id: string): Promise<void> {
    this.#counts.forget(this.parts.files.paths(id).results);
    await this.parts.files.remove(id, () => {});
    this.#tell(id);
  }

  /** What a failure is for whoever asked. */
  #refusal(error: unknown): unknown {
    if (!isNoRoom(error)) return error;
    this.#noRoom = "there is no room on the disk for jobs";
    return new JobStoreError("noRoom", this.#noRoom, { cause: error });
  }

  /** @throws {JobStoreError} away: a change that other replicas cannot hear of is none */
  #checkThere(): void {
    if (this.parts.link.away) throw new JobStoreError("away", AWAY);
  }

  #tell(id: string): void {
    this.#wakeWaiting(id);
    const now = performance.now();
    if (now - (this.#told.get(id) ?? -Infinity) < TELL_MS && this.#leases.has(id)) return;
    if (this.#leases.has(id)) this.#told.set(id, now);
    else this.#told.delete(id);
    this.parts.link.say(this.#channel, id);
  }

  #heard(id: string): void {
    void this.#leases.get(id)?.look();
    this.#wakeWaiting(id);
  }

  #wakeWaiting(id: string): void {
    this.#changes.tell(id);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

const AWAY = "Redis is away: jobs wait for it, and can be looked at but not changed; it is tried again all the time";

function ignoreAway(error: unknown): null {
  if (error instanceof RedisAway) return null;
  throw error;
}

/** Waits for something or some time. @throws the signal's reason */
async function until(woken: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([woken, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    resolve();
  }
}
