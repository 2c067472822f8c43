import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { VALUES_FILE, type WeightsFolder, weightsRoot } from "../convert/weights_folder.ts";
import { writeOnce } from "../convert/write_once.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import type { SafetensorsEntry } from "../safetensors_header.ts";
import type { GgufModel } from "./open_gguf.ts";
import { type TensorWriting, writeWeights, writtenBytes } from "./weights_writer.ts";

export interface GgufWeightsOptions {
  /** Folder of what outlives the process. */
  readonly dataFolder: string;
  /** Told of bytes of the GGUF that have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A tensor of the written file. */
export type WrittenTensor = SafetensorsEntry & { readonly file: string };

/**
 * Makes sure that what becomes of a GGUF's tensors lies in the data folder, in `weights/<digest>-<form>-v<format>`.
 *
 * @param form what it is, e.g. `gguf-f32`
 * @param format goes up when what is written changes
 * @throws {ConversionError} where the data folder cannot take it
 */
export async function writtenTensors(
  gguf: GgufModel,
  form: string,
  format: number,
  writings: readonly TensorWriting[],
  { dataFolder, onProgress = () => {} }: GgufWeightsOptions,
): Promise<ReadonlyMap<string, WrittenTensor>> {
  const { id, digest } = gguf;
  const path = join(weightsRoot(dataFolder), `${digest.replace("sha256:", "")}-${form}-v${format}`);
  const folder: WeightsFolder = { path, partial: `${path}.partial`, lock: `${path}.lock` };
  await writeOnce(dataFolder, folder, {
    bytes: () => writtenBytes(writings),
    write: async (partial) => {
      const tensors = await writeWeights(gguf, join(partial, VALUES_FILE), writings, onProgress);
      return { digest, id, precision: form, tensors };
    },
  });
  const values = await Deno.realPath(join(path, VALUES_FILE));
  const { entries } = await readSafetensorsHeader(values);
  return new Map([...entries].map(([name, entry]) => [name, { ...entry, file: values }]));
}

/** Everything of a checkpoint but its tensors. */
export function described({ id, digest, config, architecture, type }: GgufModel): Omit<Checkpoint, "tensors"> {
  return { id, digest, config, architecture, dtype: type };
}
