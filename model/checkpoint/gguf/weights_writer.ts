import { createHash, type Hash } from "node:crypto";
import { CheckpointError } from "../checkpoint_error.ts";
import { openRegular, readExactly } from "../exact_read.ts";
import { SAFETENSORS_BYTES_OF } from "../safetensors_header.ts";
import { type SafetensorsPlan, writeSafetensorsHeader } from "../write_safetensors_header.ts";
import type { Written } from "../convert/run_job.ts";
import type { GgufTensor } from "./header.ts";
import type { GgufModel } from "./open_gguf.ts";

/** About how many bytes of blocks are read at a time: bounds memory at about ten times as much. */
const SLICE_BYTES = 4 * 2 ** 20;

/** What becomes of one tensor of a GGUF file, in pieces of whole blocks. */
export interface TensorWriting {
  readonly tensor: GgufTensor;
  /** What is written of it; the parts of one slice follow those of the slice before. */
  readonly parts: readonly SafetensorsPlan[];
  /** The bytes of every part, in their order, for the blocks of a slice. */
  readonly convert: (blocks: Uint8Array<ArrayBuffer>) => readonly Uint8Array[];
}

/** Bytes of all values that would be written. */
export function writtenBytes(writings: readonly TensorWriting[]): number {
  return writings.flatMap(({ parts }) => parts).reduce((sum, part) => sum + bytesOf(part), 0);
}

/**
 * Writes a safetensors file of what becomes of the tensors of a GGUF file, slice by slice.
 *
 * @param target path of the file, which must not exist
 * @param onProgress told of bytes of the GGUF that have been read
 * @returns SHA-256 of each tensor written
 * @throws {CheckpointError} for a weight that is not finite, naming its tensor
 */
export async function writeWeights(
  { file: path, name: fileName, digest }: Pick<GgufModel, "file" | "name" | "digest">,
  target: string,
  writings: readonly TensorWriting[],
  onProgress: (done: number, total: number) => void,
): Promise<Written> {
  // Wider dtypes first, so that each begins aligned.
  const plan = writings.flatMap(({ parts }) => parts).sort((a, b) => widthOf(b) - widthOf(a));
  const header = writeSafetensorsHeader(plan, { digest });
  const places = new Map<string, { at: number; readonly hash: Hash }>();
  let end = header.length;
  for (const part of plan) {
    places.set(part.name, { at: end, hash: createHash("sha256") });
    end += bytesOf(part);
  }
  const { file } = await openRegular(path);
  using _closed = file;
  using into = await Deno.open(target, { write: true, createNew: true });
  await writeAt(into, 0, header);
  const total = writings.reduce((sum, { tensor }) => sum + tensor.length, 0);
  let done = 0;
  for (const { tensor, parts, convert } of writings) {
    const step = Math.max(1, Math.floor(SLICE_BYTES / tensor.type.bytes)) * tensor.type.bytes;
    for (let at = 0; at < tensor.length; at += step) {
      const blocks = new Uint8Array(Math.min(step, tensor.length - at));
      await readExactly(file, fileName, tensor.offset + at, blocks);
      for (const [i, bytes] of convert(blocks).entries()) {
        const { name, dtype } = parts[i]!;
        if (dtype === "F32" && !areFinite(bytes)) {
          const reason = `tensor ${tensor.name} has weights that are not finite numbers`;
          throw new CheckpointError("gguf.tensor", fileName, reason);
        }
        const place = places.get(name)!;
        await writeAt(into, place.at, bytes);
        place.hash.update(bytes);
        place.at += bytes.length;
      }
      onProgress(done += blocks.length, total);
    }
  }
  await into.sync();
  return Object.fromEntries([...places].map(([name, { hash }]) => [name, hash.digest("hex")]));
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

function widthOf({ dtype }: SafetensorsPlan): number {
  return SAFETENSORS_BYTES_OF[dtype]!;
}

function bytesOf(part: SafetensorsPlan): number {
  return part.shape.reduce((product, size) => product * size, widthOf(part));
}
