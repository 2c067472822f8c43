import { SAFETENSORS_BYTES_OF } from "../safetensors_header.ts";
import { type SafetensorsPlan, writeSafetensorsHeader } from "../write_safetensors_header.ts";
import { JobWorker } from "./job_worker.ts";
import type { Places, Written } from "./run_job.ts";

/** A safetensors file, and the jobs that fill it. */
export interface ValuesPlan<Job> {
  /** Of the model, kept in the header. */
  readonly digest: string;
  /** What it holds, in this order among those of one dtype. */
  readonly entries: readonly SafetensorsPlan[];
  /** The module of a thread that does them. */
  readonly script: URL;
  /** Each writes some of the entries to their places. */
  readonly jobs: readonly ((places: ReadonlyMap<string, number>) => Job)[];
}

export interface WriteOptions {
  /** Jobs that are done at once, each in a thread of its own. */
  readonly threads: number;
  /** Told of bytes that have been read. */
  readonly progress: (bytes: number) => void;
}

/**
 * Writes the file, and waits until it is on the disk.
 *
 * @param target path of the file, which must not exist
 * @returns SHA-256 of each tensor written
 * @throws {CheckpointError} where what is read is not a model's
 * @throws {JobFailed}
 */
export async function writeValues<Job>(
  target: string,
  { digest, entries, script, jobs }: ValuesPlan<Job>,
  { threads, progress }: WriteOptions,
): Promise<Written> {
  const ordered = widestFirst(entries);
  const header = writeSafetensorsHeader(ordered, { digest });
  const { places, end } = placesOf(ordered, header.length);
  {
    using file = await Deno.open(target, { write: true, createNew: true });
    await file.write(header);
    await file.truncate(end);
  }
  const waiting = [...jobs];
  const written: Record<string, string> = {};
  const work = async () => {
    using worker = new JobWorker<Job>(script, progress);
    for (let job = waiting.shift(); job; job = waiting.shift()) Object.assign(written, await worker.run(job(places)));
  };
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, work);
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

/** Places of some of the entries, for a thread. */
export function placesAmong(places: ReadonlyMap<string, number>, entries: readonly SafetensorsPlan[]): Places {
  return Object.fromEntries(entries.map(({ name }) => [name, places.get(name)!]));
}

/** Each then begins aligned. */
function widestFirst(entries: readonly SafetensorsPlan[]): SafetensorsPlan[] {
  return [...entries].sort((a, b) => SAFETENSORS_BYTES_OF[b.dtype]! - SAFETENSORS_BYTES_OF[a.dtype]!);
}

export function bytesOf({ dtype, shape }: SafetensorsPlan): number {
  return shape.reduce((product, size) => product * size, SAFETENSORS_BYTES_OF[dtype]!);
}

function placesOf(entries: readonly SafetensorsPlan[], from: number): { places: Map<string, number>; end: number } {
  const places = new Map<string, number>();
  let end = from;
  for (const entry of entries) {
    places.set(entry.name, end);
    end += bytesOf(entry);
  }
  return { places, end };
}
