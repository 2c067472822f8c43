import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FiledJob } from "./job_files.ts";
import { JOB_STATES, type JobRecord, type JobState } from "./types.ts";

/** A job as the table keeps it; its counts are as of when it was last let go. */
export interface TabledJob extends FiledJob {
  /** Bytes of its result lines. */
  readonly resultBytes: number;
}

interface Row {
  readonly id: string;
  readonly owner: string | null;
  readonly state: JobState;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly paused: number;
  readonly shared: number;
  readonly caller: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly error: string | null;
  readonly prompt_bytes: number;
  readonly result_bytes: number;
}

const COLUMNS: readonly (keyof Row)[] = [
  ...["id", "owner", "state", "done", "failed", "total", "paused", "shared"] as const,
  ...["caller", "created_at", "started_at", "finished_at", "error", "prompt_bytes", "result_bytes"] as const,
];

const SCHEMA = `
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY, owner TEXT, state TEXT NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL,
  total INTEGER NOT NULL, paused INTEGER NOT NULL, shared INTEGER NOT NULL, caller TEXT NOT NULL,
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, error TEXT,
  prompt_bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, id);
CREATE INDEX IF NOT EXISTS jobs_finished ON jobs (finished_at, id) WHERE finished_at IS NOT NULL;`;

const UNFINISHED = "state IN ('queued', 'running')";

/** The jobs in an SQLite database, durable with every change (WAL, synchronous FULL). Ids sort by age. */
export class JobTable implements Disposable {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #page: StatementSync;

  /** @throws where the file is no database of jobs */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA);
      this.#put = this.#database.prepare(
        `INSERT OR REPLACE INTO jobs (${COLUMNS.join()}) VALUES (${COLUMNS.map((column) => ":" + column).join()})`,
      );
      this.#get = this.#database.prepare("SELECT * FROM jobs WHERE id = ?");
      this.#page = this.#database.prepare("SELECT * FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  put(job: TabledJob): void {
    this.#put.run({ ...rowOf(job) });
  }

  get(id: string): TabledJob | null {
    const row = this.#get.get(id) as Row | undefined;
    return row ? jobOf(row) : null;
  }

  delete(id: string): void {
    this.#database.prepare("DELETE FROM jobs WHERE id = ?").run(id);
  }

  /** Newest first, of those older than an id. */
  page(before: string | null, limit: number): TabledJob[] {
    return (this.#page.all(before ?? "~", limit) as unknown as Row[]).map(jobOf);
  }

  /** Queued and running ones, oldest first. */
  unfinished(): TabledJob[] {
    return this.#all(`WHERE ${UNFINISHED} ORDER BY id`);
  }

  unfinishedOf(owner: string | null): number {
    const { count } = this.#database.prepare(`SELECT count(*) AS count FROM jobs WHERE owner IS ? AND ${UNFINISHED}`)
      .get(owner) as { count: number };
    return count;
  }

  /** The final one that ended before all others. */
  firstFinished(): TabledJob | null {
    return this.#all("WHERE finished_at IS NOT NULL ORDER BY finished_at, id LIMIT 1")[0] ?? null;
  }

  ids(): string[] {
    return (this.#database.prepare("SELECT id FROM jobs ORDER BY id").all() as { id: string }[]).map(({ id }) => id);
  }

  /** Of prompts and results. */
  bytes(): number {
    const { bytes } = this.#database.prepare("SELECT sum(prompt_bytes + result_bytes) AS bytes FROM jobs")
      .get() as { bytes: number | null };
    return bytes ?? 0;
  }

  counts(): Record<JobState, number> {
    const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
    const rows = this.#database.prepare("SELECT state, count(*) AS count FROM jobs GROUP BY state").all();
    for (const { state, count } of rows as { state: JobState; count: number }[]) counts[state] = count;
    return counts;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #all(where: string): TabledJob[] {
    return (this.#database.prepare(`SELECT * FROM jobs ${where}`).all() as unknown as Row[]).map(jobOf);
  }
}

function rowOf({ record, caller, promptBytes, resultBytes }: TabledJob): Row {
  const { createdAt, startedAt, finishedAt, paused, shared, ...rest } = record;
  return {
    ...rest,
    paused: Number(paused),
    shared: Number(shared),
    caller: JSON.stringify(caller),
    created_at: createdAt,
    started_at: startedAt,
    finished_at: finishedAt,
    prompt_bytes: promptBytes,
    result_bytes: resultBytes,
  };
}

function jobOf(row: Row): TabledJob {
  const { id, owner, state, done, failed, total, error } = row;
  const record: JobRecord = {
    ...{ id, owner, state, done, failed, total, error },
    paused: row.paused === 1,
    shared: row.shared === 1,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
  return {
    record,
    caller: JSON.parse(row.caller),
    promptBytes: row.prompt_bytes,
    resultBytes: row.result_bytes,
  };
}
