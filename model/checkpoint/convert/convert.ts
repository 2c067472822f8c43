import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { SAFETENSORS_BYTES_OF } from "../safetensors_header.ts";
import { writeSafetensorsHeader } from "../write_safetensors_header.ts";
import { JobWorker } from "./job_worker.ts";
import { entriesOf, type Layout, planLayout } from "./layout.ts";
import type { ConvertedPrecision } from "./recipes.ts";
import type { Written } from "./run_job.ts";
import { VALUES_FILE, weightsFolder } from "./weights_folder.ts";
import { writeOnce } from "./write_once.ts";

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
  const layout = planLayout(checkpoint, precision);
  return await writeOnce(options.dataFolder, weightsFolder(options.dataFolder, digest, precision), {
    bytes: () => layout.bytes,
    write: async (partial) => {
      const tensors = await writeValues(layout, join(partial, VALUES_FILE), digest, options);
      return { digest, id, precision, tensors };
    },
  });
}

async function writeValues(
  layout: Layout,
  target: string,
  digest: string,
  { threads, onProgress = () => {} }: ConvertOptions,
): Promise<Written> {
  const header = writeSafetensorsHeader(layout.entries, { digest });
  {
    using file = await Deno.open(target, { write: true, createNew: true });
    await file.write(header);
    await file.truncate(header.length + layout.bytes);
  }
  const places = placesOf(layout, header.length);
  let done = 0;
  const progress = (bytes: number) => onProgress(done += bytes, layout.sourceBytes);
  const waiting = [...layout.jobs];
  const written: Record<string, string> = {};
  const work = async () => {
    using worker = new JobWorker(target, progress);
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const mine = Object.fromEntries(entriesOf(job).map(({ name }) => [name, places.get(name)!]));
      Object.assign(written, await worker.run(job, mine));
    }
  };
  const workers = Array.from({ length: Math.min(threads, layout.jobs.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    waiting.length = 0;
    await Promise.allSettled(workers);
    throw error;
  }
  using file = await Deno.open(target, { write: true });
  await file.sync();
  return written;
}

function placesOf({ entries }: Layout, from: number): Map<string, number> {
  const places = new Map<string, number>();
  let at = from;
  for (const { name, dtype, shape } of entries) {
    places.set(name, at);
    at += shape.reduce((product, size) => product * size, SAFETENSORS_BYTES_OF[dtype]!);
  }
  return places;
}
