import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { isNoRoom, isUnwritable, type JobDisk } from "./job_disk.ts";
import { JobFiles } from "./job_files.ts";
import { JobTable, type TabledJob } from "./job_table.ts";
import type { ResultCounts } from "./results_file.ts";
import { isFinal } from "./types.ts";

/** Why a job failed whose folder is not there. */
export const FILES_GONE = "its files are gone from the data folder";

const TABLE_NAME = "jobs.sqlite";
const LOCK_NAME = "lock";

export interface JobFolder {
  readonly files: JobFiles;
  readonly table: JobTable;
  /** No other process may have the folder meanwhile. */
  readonly lock: Disposable;
  readonly unfinished: readonly { readonly job: TabledJob; readonly counts: ResultCounts }[];
}

/**
 * Opens a folder of jobs for this process alone, and mends what a crash left in it.
 * @throws with one clear line: where another process has it, or it cannot be written
 */
export async function openJobFolder(
  { folder, log, disk, now = Date.now }: {
    readonly folder: string;
    readonly log: Log;
    readonly disk?: JobDisk;
    readonly now?: () => number;
  },
): Promise<JobFolder> {
  using opened = new DisposableStack();
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = opened.use(await Deno.open(join(folder, LOCK_NAME), { create: true, write: true }));
    if (!await lock.tryLock(true)) throw new Error(TAKEN);
    const table = opened.use(await openTable(join(folder, TABLE_NAME), log));
    const files = new JobFiles(folder, disk);
    await files.removals((id) => table.delete(id));
    const unfinished = await reconcile(files, table, { log, now });
    opened.move();
    return { files, table, lock, unfinished };
  } catch (error) {
    throw unopenable(error);
  }
}

const TAKEN =
  "another midstream has the jobs of this --data folder: one process at a time, each with a --data of its own";

function unopenable(error: unknown): unknown {
  if (isUnwritable(error)) {
    return new Error("--data: this user may not write the folder of jobs in it", { cause: error });
  }
  if (isNoRoom(error)) return new Error("--data: there is no room on its disk for the table of jobs", { cause: error });
  return error;
}

/** The table; one that is spoiled is set aside, and the folders say what was in it. */
async function openTable(path: string, log: Log): Promise<JobTable> {
  try {
    return new JobTable(path);
  } catch (error) {
    if (!/not a database|malformed/.test((error as Error).message)) throw error;
    log.error("the table of jobs is spoiled; it is set aside, and made anew from the folders of jobs");
    const spoiled = `${path}.spoiled-${Date.now()}`;
    for (const end of ["", "-wal", "-shm"]) await Deno.rename(path + end, spoiled + end).catch(() => {});
    return new JobTable(path);
  }
}

interface Mending {
  readonly log: Log;
  readonly now: () => number;
}

/** Makes table and folders say the same. @returns the unfinished jobs */
async function reconcile(files: JobFiles, table: JobTable, mending: Mending): Promise<JobFolder["unfinished"]> {
  const folders = new Set(await files.ids());
  const rows = new Set(table.ids());
  for (const id of folders) if (!rows.has(id)) await rebuild(id, files, table, mending);
  for (const id of rows) if (!folders.has(id)) lost(table.get(id)!, table, mending);
  const unfinished = [];
  for (const job of table.unfinished()) unfinished.push({ job, counts: await files.counts(job.record.id) });
  return unfinished;
}

/** A folder that the table does not know: the process died before it could, or the table was lost. */
async function rebuild(id: string, files: JobFiles, table: JobTable, { log }: Mending): Promise<void> {
  const job = await files.read(id);
  if (job === null) return log.warn("the folder of job {id} says nothing that can be read; it is left alone", { id });
  const { done, failed, bytes } = await files.counts(id);
  const final = isFinal(job.record.state);
  table.put({
    ...job,
    record: { ...job.record, done, failed, state: final ? job.record.state : "queued" },
    resultBytes: final ? bytes : 0,
  });
  log.info("the job {id} was taken up from its folder", { id });
}

/** A row whose folder is gone. */
function lost(job: TabledJob, table: JobTable, { log, now }: Mending): void {
  const { record } = job;
  log.error("the files of job {id} are gone", { id: record.id });
  table.put({
    ...job,
    record: {
      ...record,
      ...{ state: "failed", done: 0, failed: 0, error: FILES_GONE },
      finishedAt: record.finishedAt ?? new Date(now()).toISOString(),
    },
    promptBytes: 0,
    resultBytes: 0,
  });
}
