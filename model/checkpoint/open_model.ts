import type { Checkpoint } from "./checkpoint.ts";
import { openCheckpoint, type OpenOptions } from "./folder.ts";
import { floatCheckpoint } from "./gguf/float_checkpoint.ts";
import { openGguf } from "./gguf/open_gguf.ts";

/** A model's files where it is one file: `x.gguf`. Everything else is a folder. */
export function isGgufPath(path: string): boolean {
  return /\.gguf$/i.test(path);
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
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<Checkpoint> {
  if (!isGgufPath(path)) return await openCheckpoint(path, options);
  if (options.cacheFolder === undefined) throw new TypeError("a GGUF needs a cache folder");
  return await floatCheckpoint(await openGguf(path, options), options.cacheFolder);
}
