import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { lockBlob } from "../hub/blob_lock.ts";
import { SAFETENSORS_BYTES_OF } from "../safetensors_header.ts";
import { writeSafetensorsHeader } from "../write_safetensors_header.ts";
import { ConversionError, conversionError } from "./conversion_error.ts";
import { JobWorker } from "./job_worker.ts";
import { entriesOf, type Layout, planLayout } from "./layout.ts";
import { isIntact, readRecord, writeRecord } from "./record.ts";
import type { ConvertedPrecision } from "./recipes.ts";
import type { Written } from "./run_job.ts";
import { VALUES_FILE, type WeightsFolder, weightsFolder, weightsRoot } from "./weights_folder.ts";

export interface ConvertOptions {
  /** Folder of what outlives the process. */
  readonly dataFolder: string;
  /** Tensors that are converted at once, each in a thread of its own. */
  readonly threads: number;
  /** Told of bytes of the model that have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes sure that the weights of a model lie converted in the data folder, complete and unspoiled.
 *
 * They are written beside their place and get their name when all of it is on the disk: whoever is killed, or finds the
 * disk full, leaves nothing that could be taken for weights. Of several processes one converts and the others wait for it.
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
  const folder = weightsFolder(options.dataFolder, checkpoint.digest, precision);
  if (await isConverted(folder)) return folder.path;
  try {
    await using _held = await lockBlob(folder.lock);
    if (await isConverted(folder)) return folder.path;
    await remove(folder.partial);
    await remove(folder.path);
    const layout = planLayout(checkpoint, precision);
    await refuseWithoutSpace(options.dataFolder, layout.bytes);
    await Deno.mkdir(folder.partial, { recursive: true });
    const tensors = await writeValues(layout, join(folder.partial, VALUES_FILE), checkpoint.digest, options);
    await writeRecord(folder.partial, { digest: checkpoint.digest, id: checkpoint.id, precision, tensors });
    await Deno.rename(folder.partial, folder.path);
    return folder.path;
  } catch (error) {
    await remove(folder.partial).catch(() => {});
    throw conversionError(error);
  }
}

async function isConverted({ path }: WeightsFolder): Promise<boolean> {
  const record = await readRecord(path);
  return record !== null && await isIntact(path, record);
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

async function refuseWithoutSpace(dataFolder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(weightsRoot(dataFolder));
  const free = bavail * bsize;
  if (free >= bytes) return;
  const gb = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  throw new ConversionError(
    `the converted weights take ${gb(bytes)} and the disk of the data folder has ${gb(free)} free; ` +
      `free some (deno task cache lists converted weights), or name another --data folder`,
  );
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
