import { CheckpointError } from "../../model/checkpoint/checkpoint_error.ts";
import { openModel } from "../../model/checkpoint/open_model.ts";
import { unembedHash } from "../unembed_hash.ts";
import type { LensModel } from "./types.ts";

/**
 * The loaded model as lenses are held to it, with the hash of its unembedding where one can be had.
 *
 * @param path of the folder or file that the engine has opened
 * @param cacheFolder where the engine remembers the digests of its files
 */
export async function servedModel(
  path: string,
  { id, dModel, layers }: Omit<LensModel, "unembedHash">,
  cacheFolder: string,
): Promise<LensModel> {
  return { id, dModel, layers, unembedHash: await hashOf(path, cacheFolder) };
}

/** The engine could open it: where this process cannot, nothing is known of the hash, and lenses go by their shape. */
async function hashOf(path: string, cacheFolder: string): Promise<string | null> {
  try {
    return await unembedHash(await openModel(path, { cacheFolder }));
  } catch (error) {
    if (error instanceof CheckpointError) return null;
    throw error;
  }
}
