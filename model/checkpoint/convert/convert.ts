import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { entriesOf, planLayout } from "./layout.ts";
import type { ConvertedPrecision } from "./recipes.ts";
import { VALUES_FILE, weightsFolder } from "./weights_folder.ts";
import type { ConversionTask } from "./worker.ts";
import { writeOnce } from "./write_once.ts";
import { placesAmong, writeValues } from "./write_values.ts";

const WORKER = new URL("worker.ts", import.meta.url);

export interface ConvertOptions {
  /** Folder of what outlives the process. */
  readonly dataFolder: string;
  /** Tensors that are converted at once, each in a thread of its own. */
  readonly threads: number;
  /** Told of bytes of the model that have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes sure that the weights of a model lie converted in the data folder, complete and unspoiled (write_once.ts).
 * Memory: of each thread the tensor that it writes, and a slice of the one that it reads.
 *
 * @returns the folder
 * @throws {CheckpointError} where the model cannot be read
 * @throws {ConversionError} where the data folder cannot take the weights
 */
export async function convert(
  checkpoint: Checkpoint,
  precision: ConvertedPrecision,
  options: ConvertOptions,
): Promise<string> {
  const { digest, id } = checkpoint;
  const { dataFolder, threads, onProgress = () => {} } = options;
  const { jobs, entries, bytes, sourceBytes } = planLayout(checkpoint, precision);
  return await writeOnce(dataFolder, weightsFolder(dataFolder, digest, precision), {
    bytes: () => bytes,
    write: async (partial) => {
      const target = join(partial, VALUES_FILE);
      let done = 0;
      const plan = {
        digest,
        entries,
        script: WORKER,
        jobs: jobs.map((job) => (places: ReadonlyMap<string, number>): ConversionTask => {
          return { job, places: placesAmong(places, entriesOf(job)), target };
        }),
      };
      const progress = (read: number) => onProgress(done += read, sourceBytes);
      return { digest, id, precision, tensors: await writeValues(target, plan, { threads, progress }) };
    },
  });
}
