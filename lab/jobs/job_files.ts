import { join } from "node:path";
import type { Caller } from "../keys/caller.ts";
import { JOB_ID } from "./job_id.ts";
import { type JobDisk, localDisk } from "./job_disk.ts";
import { type PromptBounds, promptsPath, readPrompts, writePrompts } from "./prompts_file.ts";
import { readCounts, resultBytes, type ResultCounts, ResultsFile, resultsPath } from "./results_file.ts";
import type { JobPrompt, JobRecord, NewJob } from "./types.ts";

/** A job as its folder keeps it. Of its counts only `total` is true: the others are of the result file. */
export interface FiledJob {
  readonly record: JobRecord;
  readonly caller: Caller;
  /** Bytes of its prompts. */
  readonly promptBytes: number;
}

const RECORD_NAME = "record.json";
/** Folders that are being made, and that are being removed. */
const NEW = ".new-";
const GONE = ".gone-";

/**
 * The files of jobs, which all stores share: `<id>/prompts.ndjson`, `<id>/results.ndjson` and `<id>/record.json`. A folder has
 * its name once it is whole and durable; so a crash leaves a job, or nothing of it.
 */
export class JobFiles {
  constructor(readonly path: string, readonly disk: JobDisk = localDisk) {}

  folder(id: string): string {
    return join(this.path, id);
  }

  /**
   * Makes the folder of a new job, durably. What fails leaves nothing.
   * @throws {JobStoreError} tooManyPrompts, and what `bounds.onBytes` throws
   * @throws the signal's reason
   */
  async create(
    { id, owner, shared, caller, prompts, createdAt }: NewJob & { readonly id: string; readonly createdAt: string },
    bounds: PromptBounds,
    signal: AbortSignal,
  ): Promise<FiledJob> {
    const incoming = join(this.path, NEW + id);
    try {
      await Deno.mkdir(incoming);
      const { total, bytes } = await writePrompts(incoming, prompts, bounds, this.disk, signal);
      const record: JobRecord = {
        ...{ id, owner, shared, total, createdAt },
        ...{ state: "queued", done: 0, failed: 0, paused: false, startedAt: null, finishedAt: null, error: null },
      };
      const job = { record, caller, promptBytes: bytes };
      await this.#write(join(incoming, RECORD_NAME), job);
      (await Deno.create(resultsPath(incoming))).close();
      await this.disk.syncFolder(incoming);
      signal.throwIfAborted();
      await Deno.rename(incoming, this.folder(id));
      await this.disk.syncFolder(this.path);
      return job;
    } catch (error) {
      await removed(incoming);
      await removed(this.folder(id));
      throw error;
    }
  }

  /** Replaces what the folder says of its job; it is the old or the new, whatever happens. */
  async write(job: FiledJob): Promise<void> {
    const folder = this.folder(job.record.id);
    const temporary = join(folder, `.record-${crypto.randomUUID()}`);
    try {
      await this.#write(temporary, job);
      await Deno.rename(temporary, join(folder, RECORD_NAME));
      await this.disk.syncFolder(folder);
    } catch (error) {
      await removed(temporary);
      throw error;
    }
  }

  /** null where there is no such job, or what is said of it cannot be read. */
  async read(id: string): Promise<FiledJob | null> {
    try {
      return JSON.parse(await Deno.readTextFile(join(this.folder(id), RECORD_NAME))) as FiledJob;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Ids of the jobs that have a folder, oldest first. */
  async ids(): Promise<string[]> {
    return (await this.#names()).filter((name) => JOB_ID.test(name)).sort();
  }

  /** Prompts from an index on, in order. */
  prompts(id: string, from: number): AsyncGenerator<JobPrompt> {
    return readPrompts(this.folder(id), from);
  }

  /** Absolute paths. */
  paths(id: string): { readonly prompts: string; readonly results: string } {
    return { prompts: promptsPath(this.folder(id)), results: resultsPath(this.folder(id)) };
  }

  /** For whoever runs the job. @throws {ResultsTaken} */
  openResults(id: string): Promise<ResultsFile> {
    return ResultsFile.open(this.folder(id), this.disk);
  }

  /** Counts the lines of a result file that nobody writes to. */
  counts(id: string): Promise<ResultCounts> {
    return readCounts(this.folder(id));
  }

  /** Bytes of whole lines of a result file that someone may be writing to. */
  resultBytes(id: string): Promise<number> {
    return resultBytes(this.folder(id));
  }

  /**
   * Removes the files of a job; `forget` then makes the store forget it. A crash between leaves a mark by which
   * {@link removals} finishes it.
   */
  async remove(id: string, forget: () => void | Promise<void>): Promise<void> {
    const gone = join(this.path, GONE + id);
    await Deno.rename(this.folder(id), gone).catch(async (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(gone, { recursive: true });
    });
    await this.disk.syncFolder(this.path);
    await this.#finishRemoval(gone, forget);
  }

  /** Finishes what a crash cut off: folders that were being made go, and jobs that were being removed. */
  async removals(forget: (id: string) => void | Promise<void>): Promise<void> {
    for (const name of await this.#names()) {
      if (name.startsWith(NEW)) await removed(join(this.path, name));
      if (name.startsWith(GONE)) {
        const id = name.slice(GONE.length);
        await this.#finishRemoval(join(this.path, name), () => forget(id));
      }
    }
  }

  async #finishRemoval(gone: string, forget: () => void | Promise<void>): Promise<void> {
    // The files before the mark: on a full disk that makes the room which forgetting takes.
    for await (const { name } of Deno.readDir(gone)) await removed(join(gone, name));
    await forget();
    await removed(gone);
  }

  async #names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(this.path)) if (isDirectory) names.push(name);
    return names;
  }

  async #write(path: string, job: FiledJob): Promise<void> {
    using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
    await this.disk.write(file, new TextEncoder().encode(JSON.stringify(job)));
    await this.disk.sync(file);
  }
}

/** What is not there is removed already. */
async function removed(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
