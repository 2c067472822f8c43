import { fileLines } from "./file_lines.ts";
import { NO_RESULTS, type ResultCounts } from "./results_file.ts";

/** Holds the index and the name of the second member. */
const HEAD_BYTES = 64;

/**
 * Counts the lines of result files that other processes append to; each time only what came since. The lines of a failed append
 * may be cut again: a file that is shorter, or does not go on with the next index, is counted anew.
 */
export class GrowingCounts {
  readonly #known = new Map<string, ResultCounts>();

  /** @param path of the result file, which need not be there */
  async counts(path: string): Promise<ResultCounts> {
    const known = this.#known.get(path) ?? NO_RESULTS;
    try {
      using file = await Deno.open(path);
      const counts = await countOn(file, known) ?? await countOn(file, NO_RESULTS) ?? NO_RESULTS;
      this.#known.set(path, counts);
      return counts;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      this.#known.delete(path);
      return NO_RESULTS;
    }
  }

  forget(path: string): void {
    this.#known.delete(path);
  }
}

/** null where the file does not go on after what is known. */
async function countOn(file: Deno.FsFile, known: ResultCounts): Promise<ResultCounts | null> {
  if ((await file.stat()).size < known.bytes) return null;
  const decoder = new TextDecoder();
  let counts = known;
  for await (const { bytes, end } of fileLines(file, known.bytes)) {
    const [, index, member] =
      /^\{"index":(\d+),"(response|problem)":/.exec(decoder.decode(bytes.subarray(0, HEAD_BYTES))) ?? [];
    if (Number(index) !== counts.done) return counts === known && known.done > 0 ? null : counts;
    counts = { done: counts.done + 1, failed: counts.failed + (member === "problem" ? 1 : 0), bytes: end };
  }
  return counts;
}
