import { rename } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { CheckpointError } from "../checkpoint_error.ts";
import { openRegular, readExactly, unreadable } from "../exact_read.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import { BYTES_OF, type DType, type TensorSource } from "../tensor_source.ts";
import { type SafetensorsPlan, writeSafetensorsHeader } from "../write_safetensors_header.ts";
import { dequantise } from "./dequantise.ts";
import type { GgufTensor } from "./header.ts";
import type { GgufModel } from "./open_gguf.ts";

/** Goes up when what the expanded file holds changes. */
const FORMAT = 1;
const EXPANDED = "model.safetensors";
/** Bytes of blocks expanded at a time: bounds memory at about ten times as much. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * A GGUF as a checkpoint of float tensors, for the graphs that multiply in float32.
 *
 * A file of F32, F16 and BF16 tensors is used where it lies. Otherwise the blocks are expanded, exactly, into
 * `<cacheFolder>/weights/<digest>-gguf-f32-v1/model.safetensors`, once: written beside it under another name, complete when
 * renamed. Float tensors are copied there in their own dtype, because one ONNX Runtime session maps files of one folder.
 *
 * @throws {CheckpointError} rule `file` where reading or writing fails
 */
export async function floatCheckpoint(gguf: GgufModel, cacheFolder: string): Promise<Checkpoint> {
  const { id, digest, config, architecture } = gguf;
  const tensors = inPlace(gguf) ?? await expanded(gguf, cacheFolder);
  return { id, digest, config, architecture, dtype: gguf.type, tensors };
}

/** Sources of the tensors as float32 or wider than the blocks need, before anything is expanded: for their sizes. */
export function floatShapes(gguf: GgufModel): Pick<Checkpoint, "config" | "tensors"> {
  const tensors = new Map<string, TensorSource>();
  for (const [name, tensor] of gguf.tensors) {
    tensors.set(name, source(name, tensor.shape, floatType(tensor), gguf.file, 0));
  }
  return { config: gguf.config, tensors };
}

function inPlace(gguf: GgufModel): Map<string, TensorSource> | null {
  const tensors = new Map<string, TensorSource>();
  for (const [name, { type, shape, offset }] of gguf.tensors) {
    if (type.weights > 1) return null;
    tensors.set(name, source(name, shape, type.name as DType, gguf.file, offset));
  }
  return tensors;
}

async function expanded(gguf: GgufModel, cacheFolder: string): Promise<Map<string, TensorSource>> {
  const folder = join(cacheFolder, "weights", `${gguf.digest.replace("sha256:", "")}-gguf-f32-v${FORMAT}`);
  const path = join(folder, EXPANDED);
  if (!await exists(path)) {
    try {
      await Deno.mkdir(folder, { recursive: true });
    } catch (error) {
      throw unwritable(error);
    }
    await expandTo(gguf, path);
  }
  const { entries } = await readSafetensorsHeader(path);
  const file = await Deno.realPath(path);
  return new Map(
    [...gguf.tensors.keys()].map((name) => {
      const { dtype, shape, offset, length } = entries.get(name)!;
      return [name, { name, dtype: dtype as DType, shape, file, offset, length }];
    }),
  );
}

/** Two processes at once write two files of their own, equal, and the later rename wins. */
async function expandTo(gguf: GgufModel, path: string): Promise<void> {
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  try {
    {
      using into = await Deno.open(partial, { write: true, createNew: true });
      await writeExpanded(gguf, into);
      await into.sync();
    }
    await rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error instanceof CheckpointError ? error : unwritable(error);
  }
}

async function writeExpanded(gguf: GgufModel, into: Deno.FsFile): Promise<void> {
  // Wider dtypes first, so that each tensor begins aligned.
  const tensors = [...gguf.tensors].sort(([, a], [, b]) => BYTES_OF[floatType(b)] - BYTES_OF[floatType(a)]);
  const plan: SafetensorsPlan[] = tensors.map(([name, tensor]) => ({
    name,
    dtype: floatType(tensor),
    shape: tensor.shape,
  }));
  await writeAll(into, writeSafetensorsHeader(plan, { digest: gguf.digest }));
  const { file } = await openRegular(gguf.file);
  using _closed = file;
  for (const [, { type, offset, length }] of tensors) {
    const step = Math.max(1, Math.floor(CHUNK_BYTES / type.bytes)) * type.bytes;
    for (let at = 0; at < length; at += step) {
      const bytes = new Uint8Array(Math.min(step, length - at));
      await readExactly(file, basename(gguf.file), offset + at, bytes);
      await writeAll(into, type.weights === 1 ? bytes : new Uint8Array(dequantise(bytes, type).buffer));
    }
  }
}

async function writeAll(into: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await into.write(bytes.subarray(at));
}

function floatType({ type }: GgufTensor): DType {
  return type.name === "F16" || type.name === "BF16" ? type.name : "F32";
}

function source(name: string, shape: readonly number[], dtype: DType, file: string, offset: number): TensorSource {
  const length = shape.reduce((product, size) => product * size, 1) * BYTES_OF[dtype];
  return { name, dtype, shape, file, offset, length };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw unreadable(basename(path), error);
  }
}

function unwritable(error: unknown): CheckpointError {
  const code = (error as { code?: unknown } | null)?.code;
  const why = code === "ENOSPC" ? "the disk is full" : typeof code === "string" ? code : "unknown error";
  return new CheckpointError("file", EXPANDED, `the expanded weights cannot be written to the data folder (${why})`);
}
