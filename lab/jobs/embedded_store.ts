import type { Log } from "../../log/log.ts";
import { EmbeddedLease } from "./embedded_lease.ts";
import { JobChanges, until } from "./job_changes.ts";
import type { JobDisk } from "./job_disk.ts";
import { JobFiles } from "./job_files.ts";
import { newJobId } from "./job_id.ts";
import { JobTable, type TabledJob } from "./job_table.ts";
import { JobTrouble } from "./job_trouble.ts";
import { JobView } from "./job_view.ts";
import { FILES_GONE, openJobFolder } from "./open_job_folder.ts";
import { NO_RESULTS, type ResultsFile } from "./results_file.ts";
import { JobPlaces } from "./job_places.ts";
import { JobRoom } from "./job_room.ts";
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
import { type UnfinishedJob, UnfinishedJobs } from "./unfinished_jobs.ts";

/** Longest that {@link EmbeddedJobs.changed} waits. */
const CHANGE_MS = 10_000;
/** How often the age of finished jobs is looked at. */
const SWEEP_MS = 60_000;
/** Until a job whose files could not be opened is tried again. */
const OPEN_AGAIN_MS = 2000;

export interface EmbeddedJobsOptions {
  readonly folder: string;
  readonly limits: JobLimits;
  readonly log: Log;
  /** Clock in milliseconds since 1970. */
  readonly now?: () => number;
  readonly disk?: JobDisk;
  readonly openAgainMs?: number;
}

/**
 * Jobs of one process: what they are in SQLite, their prompts and results in files. The lines of a result file are what is
 * done; the table has the counts of finished ones.
 */
export class EmbeddedJobs implements JobStore, JobQueue {
  readonly #unfinished = new UnfinishedJobs();
  readonly #changes = new JobChanges();
  readonly #places = new JobPlaces();
  readonly #room: JobRoom;
  readonly #view: JobView;
  #lastId: string | null;
  readonly #trouble = new JobTrouble();
  #wake = Promise.withResolvers<void>();
  #closed = false;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #now: () => number;

  private constructor(
    readonly files: JobFiles,
    readonly table: JobTable,
    readonly lock: Disposable,
    readonly options: EmbeddedJobsOptions,
  ) {
    this.#now = options.now ?? Date.now;
    this.#lastId = table.page(null, 1)[0]?.record.id ?? null;
    this.#view = new JobView(table, this.#unfinished, files);
    this.#room = new JobRoom({
      ...{ table, limits: options.limits, now: this.#now },
      resultBytes: () => this.#unfinished.resultBytes,
      discard: (id) => this.#discard(id),
    });
    this.#timer = setInterval(() => void this.sweep(), SWEEP_MS);
    Deno.unrefTimer(this.#timer);
  }

  /** @throws with one clear line: where another process has the folder, or it cannot be written */
  static async open(options: EmbeddedJobsOptions): Promise<EmbeddedJobs> {
    const { files, table, lock, unfinished } = await openJobFolder(options);
    const store = new EmbeddedJobs(files, table, lock, options);
    for (const { job, counts } of unfinished) store.#unfinished.set(job, counts);
    await store.sweep();
    return store;
  }

  get trouble(): string | null {
    return this.#trouble.why;
  }

  async create(job: NewJob, signal: AbortSignal): Promise<JobRecord> {
    using _place = this.#places.take(job.owner, job.caller.quotas, this.table.unfinishedOf(job.owner));
    const { maxPrompts } = this.options.limits;
    const id = this.#lastId = newJobId(this.#now(), this.#lastId);
    using room = this.#room.place();
    const bounds = { maxPrompts, onBytes: (bytes: number) => room.takes(bytes) };
    try {
      const filed = await this.files.create({ ...job, id, createdAt: this.#time() }, bounds, signal);
      const tabled = { ...filed, resultBytes: 0 };
      try {
        this.#put(tabled);
      } catch (error) {
        await this.files.remove(id, () => {});
        throw error;
      }
      this.#trouble.over();
      return tabled.record;
    } catch (error) {
      throw this.#trouble.refusal(error);
    }
  }

  get(id: string): Promise<JobRecord | null> {
    return Promise.resolve(this.#view.get(id));
  }

  list(sees: (job: JobRecord) => boolean, limit: number, cursor?: string): Promise<JobPage> {
    return Promise.resolve(this.#view.list(sees, limit, cursor));
  }

  async change(id: string, change: { readonly shared?: boolean; readonly paused?: boolean }): Promise<JobRecord> {
    const apply = () => {
      const job = this.#existing(id);
      if (change.paused !== undefined && isFinal(job.record.state)) {
        throw new JobStoreError("finished", `the job ${id} is ${job.record.state}: it cannot be paused or go on`);
      }
      this.#put({ ...job, record: { ...job.record, ...change } });
    };
    try {
      if (change.paused) await this.#stop(id, "paused", apply);
      else apply();
    } catch (error) {
      throw this.#trouble.refusal(error);
    }
    await this.#file(id);
    return this.#view.current(this.#existing(id));
  }

  async remove(id: string): Promise<void> {
    try {
      if (isFinal(this.#existing(id).record.state)) return await this.#discard(id);
      await this.#stop(id, "cancelled", () => this.#end(id, { state: "cancelled" }));
    } catch (error) {
      throw this.#trouble.refusal(error);
    }
    await this.#file(id);
  }

  position(id: string): Promise<number | null> {
    return Promise.resolve(this.#unfinished.position(id));
  }

  async changed(id: string, known: JobRecord, signal: AbortSignal): Promise<void> {
    if (this.#view.isUnchanged(id, known)) await this.#changes.next(id, CHANGE_MS, signal);
  }

  result(id: string): Promise<JobResult | null> {
    return Promise.resolve(this.#view.result(id));
  }

  counts(): Promise<Record<JobState, number>> {
    return Promise.resolve(this.#view.counts());
  }

  async take(signal: AbortSignal): Promise<JobLease> {
    while (true) {
      signal.throwIfAborted();
      if (this.#closed) throw new Error("the jobs are closed");
      const taken = this.#unfinished.take();
      const lease = taken && await this.#lease(taken);
      if (lease) return lease;
      if (!taken) await until(this.#wake.promise, signal);
    }
  }

  /** Removes finished jobs that are too old and, while jobs take too many bytes, those that ended first. */
  async sweep(): Promise<void> {
    await this.#room.sweep().catch((error) => this.#warn("a finished job could not be removed", error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#tellWaiting();
    await this.#room.settled();
    for (const lease of this.#unfinished.leases()) {
      await lease.stop("the jobs are closed");
      lease.results[Symbol.dispose]();
    }
    this.#changes.tellAll();
    this.table[Symbol.dispose]();
    this.lock[Symbol.dispose]();
  }

  async #lease(taken: UnfinishedJob): Promise<JobLease | null> {
    const { id } = taken.job.record;
    try {
      const results = await this.files.openResults(id);
      if (this.#unfinished.get(id) !== taken || taken.job.record.paused || this.#closed) {
        // Cancelled or paused meanwhile.
        results[Symbol.dispose]();
        taken.lease = null;
        return null;
      }
      const lease = taken.lease = this.#leaseOf(taken, results);
      taken.counts = results.counts;
      const { record } = taken.job;
      this.#put({ ...taken.job, record: { ...record, startedAt: record.startedAt ?? this.#time() } });
      await this.#file(id);
      return lease.signal.aborted ? null : lease;
    } catch (error) {
      await this.#unopened(taken, error);
      return null;
    }
  }

  #leaseOf(taken: UnfinishedJob, results: ResultsFile): EmbeddedLease {
    const { caller, record: { id } } = taken.job;
    return new EmbeddedLease(caller, results, {
      record: () => this.#view.current(taken.job),
      prompts: () => this.files.prompts(id, results.counts.done),
      append: (lines) => this.#append(taken, results, lines),
      othersWait: () => this.#unfinished.othersWait(),
      finish: async (error) => {
        this.#finish(taken, error);
        await this.#file(id);
      },
      park: () => this.#stop(id, "parked"),
    });
  }

  /** Its files could not be opened: it waits as before, and whoever takes goes more slowly. */
  async #unopened(taken: UnfinishedJob, error: unknown): Promise<void> {
    const { id } = taken.job.record;
    await this.#stop(id, "parked");
    taken.lease = null;
    if (error instanceof Deno.errors.NotFound) {
      this.#end(id, { state: "failed", error: FILES_GONE });
      return;
    }
    this.#trouble.refusal(error);
    this.#warn(`the job ${id} could not be begun; it is tried again`, error);
    await new Promise((resolve) => setTimeout(resolve, this.options.openAgainMs ?? OPEN_AGAIN_MS));
  }

  async #append(taken: UnfinishedJob, results: ResultsFile, lines: readonly string[]): Promise<void> {
    await this.#room.make(lines.reduce((sum, line) => sum + line.length + 1, 0));
    try {
      await results.append(lines);
    } catch (error) {
      throw this.#trouble.refusal(error);
    }
    this.#trouble.over();
    taken.counts = results.counts;
    this.#changes.tell(taken.job.record.id);
  }

  #finish({ job: { record }, counts }: UnfinishedJob, error: string | null): void {
    if (error === null && counts.done !== record.total) throw new TypeError(`the job ${record.id} is not done`);
    try {
      this.#end(record.id, { state: error === null ? "succeeded" : "failed", error });
    } catch (error) {
      throw this.#trouble.refusal(error);
    }
  }

  /** Makes a job final that is not. */
  #end(id: string, change: Pick<JobRecord, "state"> & { readonly error?: string | null }): void {
    const unfinished = this.#unfinished.get(id);
    if (!unfinished) return;
    const { job, counts: { done, failed, bytes }, lease } = unfinished;
    const record: JobRecord = { ...job.record, done, failed, finishedAt: this.#time(), ...change };
    this.#put({ ...job, record, resultBytes: bytes });
    if (lease instanceof EmbeddedLease) lease.results[Symbol.dispose]();
  }

  /** Takes a job from whoever runs it; `then` is done before anyone else can take it. */
  async #stop(id: string, reason: string, then: () => void = () => {}): Promise<void> {
    let lease: UnfinishedJob["lease"] | undefined;
    do {
      lease = this.#unfinished.get(id)?.lease;
      if (lease instanceof EmbeddedLease) await lease.stop(reason);
    } while (this.#unfinished.get(id)?.lease !== lease);
    try {
      then();
    } finally {
      if (lease instanceof EmbeddedLease) {
        lease.results[Symbol.dispose]();
        const unfinished = this.#unfinished.get(id);
        if (unfinished) unfinished.lease = null;
        this.#changes.tell(id);
        this.#tellWaiting();
      }
    }
  }

  /** The one place where what is known of a job changes; at once, for all that comes after. */
  #put(job: TabledJob): void {
    const { id, state } = job.record;
    this.table.put(job);
    this.#room.count();
    if (isFinal(state)) this.#unfinished.delete(id);
    else this.#unfinished.set(job, NO_RESULTS);
    this.#changes.tell(id);
    this.#tellWaiting();
  }

  /** The folder says it too, for whoever has lost the table. */
  async #file(id: string): Promise<void> {
    const job = this.table.get(id);
    if (job === null) return;
    await this.files.write(job).catch((error) => this.#warn(`the record of job ${id} could not be written`, error));
  }

  async #discard(id: string): Promise<void> {
    await this.files.remove(id, () => this.table.delete(id));
    this.#room.count();
    this.#changes.tell(id);
  }

  /** @throws {JobStoreError} notFound */
  #existing(id: string): TabledJob {
    const job = this.table.get(id);
    if (job === null) throw new JobStoreError("notFound", `there is no job ${id}`);
    return job;
  }

  #warn(message: string, error: unknown): void {
    this.options.log.warn(message, { cause: (error as Error)?.message });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  #tellWaiting(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
