import { statfs } from "node:fs/promises";
import { lockBlob } from "../hub/blob_lock.ts";
import { ConversionError, conversionError } from "./conversion_error.ts";
import { isIntact, readRecord, type WeightsRecord, writeRecord } from "./record.ts";
import { type WeightsFolder, weightsRoot } from "./weights_folder.ts";

/** What a folder of weights is to hold. */
export interface WeightsJob {
  /** Bytes of all values. */
  readonly bytes: () => number;
  /** Writes the values' file into the folder that is being made. */
  readonly write: (partial: string) => Promise<Pick<WeightsRecord, "digest" | "id" | "precision" | "tensors">>;
}

/**
 * Makes sure that a folder of weights is there, complete and unspoiled.
 *
 * They are written beside their place and get their name when all of it is on the disk: whoever is killed, or finds the
 * disk full, leaves nothing that could be taken for weights. Of several processes one writes and the others wait for it.
 *
 * @returns the folder
 * @throws {ConversionError} where the data folder cannot take the weights; else what `job` throws
 */
export async function writeOnce(dataFolder: string, folder: WeightsFolder, job: WeightsJob): Promise<string> {
  if (await isWritten(folder)) return folder.path;
  try {
    await using _held = await lockBlob(folder.lock);
    if (await isWritten(folder)) return folder.path;
    await remove(folder.partial);
    await remove(folder.path);
    await refuseWithoutSpace(dataFolder, job.bytes());
    await Deno.mkdir(folder.partial, { recursive: true });
    await writeRecord(folder.partial, await job.write(folder.partial));
    await Deno.rename(folder.partial, folder.path);
    return folder.path;
  } catch (error) {
    await remove(folder.partial).catch(() => {});
    throw conversionError(error);
  }
}

async function isWritten({ path }: WeightsFolder): Promise<boolean> {
  const record = await readRecord(path);
  return record !== null && await isIntact(path, record);
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
