import { isFinal, type JobRecord, type JobState, type JobStore, JobStoreError } from "../../lab/jobs/types.ts";

/** Jobs in memory that a test moves on by hand. Prompts and results are in a folder, which goes with the store. */
export interface MemoryJobs extends JobStore {
  /** Prompts of a job, as they were stored. */
  promptsOf(id: string): string[];
  /** Appends results, and says how it goes on. */
  advance(id: string, lines: readonly string[], change?: Partial<JobRecord>): void;
  /** Calls of `changed` that wait. */
  readonly listeners: number;
}

interface Stored {
  record: JobRecord;
  readonly prompts: string[];
  readonly results: string[];
}

export interface MemoryJobsOptions {
  /** Thrown by everything. */
  readonly broken?: JobStoreError;
  readonly maxPrompts?: number;
}

export function memoryJobs({ broken, maxPrompts = Infinity }: MemoryJobsOptions = {}): MemoryJobs {
  const jobs = new Map<string, Stored>();
  const waiting = new Set<() => void>();
  let folder: string | undefined;
  const tell = () => waiting.forEach((resolve) => resolve());
  const stored = (id: string): Stored => {
    const job = jobs.get(id);
    if (!job) throw new JobStoreError("notFound", `there is no job "${id}"`);
    return job;
  };
  const works = () => {
    if (broken) throw broken;
  };
  return {
    trouble: null,
    // deno-lint-ignore require-await -- an interface of promises
    async get(id) {
      works();
      return jobs.get(id)?.record ?? null;
    },
    async create({ owner, shared, prompts }) {
      works();
      const lines: string[] = [];
      for await (const line of prompts) {
        lines.push(line);
        if (lines.length > maxPrompts) {
          throw new JobStoreError("tooManyPrompts", `a job takes ${maxPrompts} prompts (--max-job-prompts)`);
        }
      }
      const record: JobRecord = {
        id: `job-${jobs.size + 1}`,
        state: "queued",
        done: 0,
        failed: 0,
        total: lines.length,
        paused: false,
        owner,
        shared,
        createdAt: "2026-11-24T00:00:00.000Z",
        startedAt: null,
        finishedAt: null,
        error: null,
      };
      jobs.set(record.id, { record, prompts: lines, results: [] });
      return record;
    },
    // deno-lint-ignore require-await -- an interface of promises
    async list(sees, limit, cursor) {
      works();
      const seen = [...jobs.values()].map(({ record }) => record).reverse().filter(sees);
      const from = cursor === undefined ? 0 : seen.findIndex(({ id }) => id === cursor);
      return { jobs: seen.slice(from, from + limit), cursor: seen[from + limit]?.id ?? null };
    },
    // deno-lint-ignore require-await -- an interface of promises
    async change(id, change) {
      const job = stored(id);
      if (change.paused !== undefined && isFinal(job.record.state)) {
        throw new JobStoreError("finished", `the job ${id} has ended: it cannot be paused`);
      }
      job.record = { ...job.record, ...change };
      tell();
      return job.record;
    },
    // deno-lint-ignore require-await -- an interface of promises
    async remove(id) {
      const job = stored(id);
      if (isFinal(job.record.state)) jobs.delete(id);
      else job.record = { ...job.record, state: "cancelled", finishedAt: "2026-11-24T00:01:00.000Z" };
      tell();
    },
    // deno-lint-ignore require-await -- an interface of promises
    async position(id) {
      const queued = [...jobs.values()].filter(({ record }) => record.state === "queued");
      const at = queued.findIndex(({ record }) => record.id === id);
      return at < 0 ? null : at + 1;
    },
    changed(id, known, signal) {
      if (jobs.get(id)?.record !== known) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const stop = () => reject(signal.reason);
      waiting.add(resolve);
      signal.addEventListener("abort", stop);
      return promise.finally(() => {
        waiting.delete(resolve);
        signal.removeEventListener("abort", stop);
      });
    },
    async result(id) {
      const job = jobs.get(id);
      if (!job) return null;
      folder ??= await Deno.makeTempDir();
      const [file, prompts] = [`${folder}/${id}.results`, `${folder}/${id}.prompts`];
      // Behind the whole lines stands one that is being written.
      const whole = new TextEncoder().encode(job.results.map((line) => `${line}\n`).join(""));
      await Deno.writeFile(file, new Uint8Array([...whole, ...new TextEncoder().encode('{"index":')]));
      await Deno.writeTextFile(prompts, job.prompts.map((line) => `${line}\n`).join(""));
      return { file, bytes: whole.byteLength, prompts, final: isFinal(job.record.state) };
    },
    // deno-lint-ignore require-await -- an interface of promises
    async counts() {
      const counts: Record<JobState, number> = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
      for (const { record } of jobs.values()) counts[record.state]++;
      return counts;
    },
    promptsOf: (id) => stored(id).prompts,
    advance(id, lines, change = {}) {
      const job = stored(id);
      job.results.push(...lines);
      const failed = job.results.filter((line) => /^\{"index":\d+,"problem":/.test(line)).length;
      job.record = { ...job.record, state: "running", done: job.results.length, failed, ...change };
      tell();
    },
    get listeners() {
      return waiting.size;
    },
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}
