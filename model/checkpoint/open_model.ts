import type { Checkpoint } from "./checkpoint.ts";
import { openCheckpoint, type OpenOptions } from "./folder.ts";
import { floatCheckpoint, floatsInPlace } from "./gguf/float_checkpoint.ts";
import { type GgufModel, openGguf } from "./gguf/open_gguf.ts";

/** A model on disk: floats, in a folder or a GGUF, or a GGUF of blocks, which are expanded or packed before use. */
export type ModelFiles =
  | { readonly kind: "floats"; readonly checkpoint: Checkpoint }
  | { readonly kind: "blocks"; readonly gguf: GgufModel };

/**
 * Opens a Hugging Face folder, or a GGUF file, known by its name `x.gguf`. Converts nothing.
 *
 * @throws {CheckpointError} naming what is missing, malformed or unsupported
 */
export async function openModelFiles(path: string, options: OpenOptions = {}): Promise<ModelFiles> {
  if (!/\.gguf$/i.test(path)) return { kind: "floats", checkpoint: await openCheckpoint(path, options) };
  const gguf = await openGguf(path, options);
  const checkpoint = floatsInPlace(gguf);
  return checkpoint === null ? { kind: "blocks", gguf } : { kind: "floats", checkpoint };
}

export interface OpenModelOptions extends OpenOptions {
  /** Where expanded weights of a GGUF are kept; its blocks cannot be read without. */
  readonly cacheFolder?: string;
}

/**
 * Opens a model whose weights are multiplied in float32: a Hugging Face folder, or a GGUF file, whose blocks are expanded
 * into the cache at the first time.
 *
 * @throws {CheckpointError} naming what is missing, malformed or unsupported
 * @throws {ConversionError} where the cache cannot take the weights
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<Checkpoint> {
  const files = await openModelFiles(path, options);
  if (files.kind === "floats") return files.checkpoint;
  if (options.cacheFolder === undefined) throw new TypeError("a GGUF of blocks needs a cache folder");
  return await floatCheckpoint(files.gguf, { dataFolder: options.cacheFolder });
}
