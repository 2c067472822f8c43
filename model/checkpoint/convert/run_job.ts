import { createHash } from "node:crypto";
import { basename } from "node:path";
import { openRegular, readExactly } from "../exact_read.ts";
import { BYTES_OF, type TensorSource } from "../tensor_source.ts";
import { widen } from "../widen.ts";
import { type Job, partName } from "./layout.ts";
import { ENCODINGS } from "./recipes.ts";

/** Bytes that are copied at a time. */
const COPY_BYTES = 16 * 2 ** 20;

/** Where the parts of a job go: first byte of each in the file, by tensor name. */
export type Places = Readonly<Record<string, number>>;

/** SHA-256 of each tensor written, by its name: 64 hexadecimal digits. */
export type Written = Readonly<Record<string, string>>;

/**
 * Does one job: reads its tensor, and writes what becomes of it to its places in `target`.
 *
 * @param progress told of bytes read
 * @throws {CheckpointError} where the source cannot be read
 * @throws {Error} the system's, where the target cannot be written
 */
export async function runJob(
  job: Job,
  places: Places,
  target: string,
  progress: (bytes: number) => void,
): Promise<Written> {
  const { file } = await openRegular(job.source.file);
  using _closed = file;
  using into = await Deno.open(target, { write: true });
  const read = async (at: number, length: number) => {
    const bytes = new Uint8Array(length);
    await readExactly(file, basename(job.source.file), job.source.offset + at, bytes);
    progress(length);
    return bytes;
  };
  if (job.kind === "plain") return await copyPlain(job.source, job.dtype, read, into, places[job.source.name]!);
  const { source, size, encoding } = job;
  const rowBytes = size.in * BYTES_OF[source.dtype];
  const parts = await ENCODINGS[encoding].encode(
    size,
    async (from, to) => widen(await read(from * rowBytes, (to - from) * rowBytes), source.dtype),
  );
  const written: Record<string, string> = {};
  for (const [part, bytes] of parts) {
    const name = partName(job.name, part);
    await writeAt(into, places[name]!, bytes);
    written[name] = createHash("sha256").update(bytes).digest("hex");
  }
  return written;
}

async function copyPlain(
  source: TensorSource,
  dtype: TensorSource["dtype"],
  read: (at: number, length: number) => Promise<Uint8Array<ArrayBuffer>>,
  into: Deno.FsFile,
  place: number,
): Promise<Written> {
  const hash = createHash("sha256");
  for (let at = 0, to = place; at < source.length; at += COPY_BYTES) {
    const bytes = await read(at, Math.min(COPY_BYTES, source.length - at));
    const values = dtype === source.dtype ? bytes : new Uint8Array(widen(bytes, source.dtype).buffer);
    await writeAt(into, to, values);
    hash.update(values);
    to += values.length;
  }
  return { [source.name]: hash.digest("hex") };
}

async function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
