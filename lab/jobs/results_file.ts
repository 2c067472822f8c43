import { join } from "node:path";
import { fileLines, wholeLineBytes } from "./file_lines.ts";
import type { JobDisk } from "./job_disk.ts";

const NAME = "results.ndjson";

export function resultsPath(folder: string): string {
  return join(folder, NAME);
}

/** What a result file holds: nothing else says what is done. */
export interface ResultCounts {
  /** Whole lines. */
  readonly done: number;
  /** Of those, the ones with a problem. */
  readonly failed: number;
  /** Bytes of whole lines. */
  readonly bytes: number;
}

export const NO_RESULTS: ResultCounts = { done: 0, failed: 0, bytes: 0 };

/** Someone else writes the results of this job: another process has it. */
export class ResultsTaken extends Error {
  override readonly name = "ResultsTaken";
  constructor() {
    super("another process runs this job");
  }
}

/** The result file of a job that this process runs; locked, so that no other appends to it. */
export class ResultsFile implements Disposable {
  #counts: ResultCounts;
  /** An append failed: what it left behind the whole lines is to be cut first. */
  #torn = false;
  #closed = false;

  private constructor(readonly file: Deno.FsFile, readonly disk: JobDisk, counts: ResultCounts) {
    this.#counts = counts;
  }

  /**
   * Opens it, or makes it; what a crash left behind the last whole line is cut.
   * @throws {ResultsTaken}
   */
  static async open(folder: string, disk: JobDisk): Promise<ResultsFile> {
    const file = await Deno.open(resultsPath(folder), { create: true, read: true, write: true });
    try {
      if (!await file.tryLock(true)) throw new ResultsTaken();
      const counts = await countResults(file);
      await file.truncate(counts.bytes);
      await disk.sync(file);
      await disk.syncFolder(folder);
      return new ResultsFile(file, disk, counts);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get counts(): ResultCounts {
    return this.#counts;
  }

  /** Appends lines and syncs them: all, or none. One at a time. */
  async append(lines: readonly string[]): Promise<void> {
    const { done, failed, bytes } = this.#counts;
    for (const [i, line] of lines.entries()) {
      if (indexOf(line) !== done + i) throw new TypeError(`the line of prompt ${done + i} is expected`);
    }
    const text = new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
    try {
      if (this.#torn) await this.file.truncate(bytes);
      this.#torn = true;
      await this.file.seek(bytes, Deno.SeekMode.Start);
      await this.disk.write(this.file, text);
      await this.disk.sync(this.file);
      this.#torn = false;
    } catch (error) {
      await this.file.truncate(bytes).then(() => this.#torn = false, () => {});
      throw error;
    }
    this.#counts = {
      done: done + lines.length,
      failed: failed + lines.filter(isProblem).length,
      bytes: bytes + text.length,
    };
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.file.close();
    this.#closed = true;
  }
}

/** Bytes of the whole lines of a result file that someone may be appending to. */
export async function resultBytes(folder: string): Promise<number> {
  try {
    using file = await Deno.open(resultsPath(folder));
    return await wholeLineBytes(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** What a result file holds that nobody writes to. */
export async function readCounts(folder: string): Promise<ResultCounts> {
  try {
    using file = await Deno.open(resultsPath(folder));
    return await countResults(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NO_RESULTS;
    throw error;
  }
}

/**
 * Counts up to the first line that is not the next result. A machine that lost its power may leave a tail of zeros or of
 * pages out of order; what was synced is before that.
 */
async function countResults(file: Deno.FsFile): Promise<ResultCounts> {
  const decoder = new TextDecoder();
  let counts = NO_RESULTS;
  for await (const { bytes, end } of fileLines(file)) {
    const head = decoder.decode(bytes.subarray(0, HEAD_BYTES));
    if (indexOf(head) !== counts.done || bytes.at(-1) !== CLOSING_BRACE || bytes.includes(0)) break;
    counts = { done: counts.done + 1, failed: counts.failed + (isProblem(head) ? 1 : 0), bytes: end };
  }
  return counts;
}

/** Holds the index and the name of the second member. */
const HEAD_BYTES = 64;
const CLOSING_BRACE = 125;

function indexOf(line: string): number {
  return Number(/^\{"index":(\d+),"(?:response|problem)":/.exec(line)?.[1] ?? -1);
}

function isProblem(line: string): boolean {
  return /^\{"index":\d+,"problem":/.test(line);
}
