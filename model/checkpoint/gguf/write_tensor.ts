import { createHash } from "node:crypto";
import { CheckpointError } from "../checkpoint_error.ts";
import type { Places, Written } from "../convert/run_job.ts";
import { openRegular, readExactly } from "../exact_read.ts";
import type { TensorWriting } from "./tensor_writing.ts";

/** About how many bytes of blocks are read at a time: bounds a thread's memory at about ten times as much. */
const SLICE_BYTES = 4 * 2 ** 20;

/** One file and the other. */
export interface WritingFiles {
  /** Path of the GGUF. */
  readonly file: string;
  /** Its name for messages. */
  readonly fileName: string;
  /** Path of the file that is written to. */
  readonly target: string;
}

/**
 * Writes what becomes of one tensor of a GGUF file to its places, slice by slice.
 *
 * @param progress told of bytes of the GGUF that have been read
 * @throws {CheckpointError} for a weight that is not finite, naming its tensor
 */
export async function writeTensor(
  { tensor, parts, convert }: TensorWriting,
  { file: path, fileName, target }: WritingFiles,
  places: Places,
  progress: (bytes: number) => void,
): Promise<Written> {
  const { file } = await openRegular(path);
  using _closed = file;
  using into = await Deno.open(target, { write: true });
  const writers = parts.map(({ name, dtype }) => ({ name, dtype, at: places[name]!, hash: createHash("sha256") }));
  const step = Math.max(1, Math.floor(SLICE_BYTES / tensor.type.bytes)) * tensor.type.bytes;
  for (let at = 0; at < tensor.length; at += step) {
    const blocks = new Uint8Array(Math.min(step, tensor.length - at));
    await readExactly(file, fileName, tensor.offset + at, blocks);
    for (const [i, bytes] of convert(blocks).entries()) {
      const writer = writers[i]!;
      if (writer.dtype === "F32" && !areFinite(bytes)) {
        const reason = `tensor ${tensor.name} has weights that are not finite numbers`;
        throw new CheckpointError("gguf.tensor", fileName, reason);
      }
      await writeAt(into, writer.at, bytes);
      writer.hash.update(bytes);
      writer.at += bytes.length;
    }
    progress(blocks.length);
  }
  return Object.fromEntries(writers.map(({ name, hash }) => [name, hash.digest("hex")]));
}

/** Whether no float32 of an aligned part is infinite or NaN: times zero, those alone give NaN. */
function areFinite({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  let zero = 0;
  for (const value of new Float32Array(buffer, byteOffset, byteLength / 4)) zero += value * 0;
  return zero === 0;
}

async function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
