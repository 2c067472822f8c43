import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { VALUES_FILE, type WeightsFolder, weightsRoot } from "../convert/weights_folder.ts";
import { writeOnce } from "../convert/write_once.ts";
import { placesAmong, writeValues } from "../convert/write_values.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import type { SafetensorsEntry } from "../safetensors_header.ts";
import type { GgufModel } from "./open_gguf.ts";
import { type WritingKind, writingOf, writtenBytes } from "./tensor_writing.ts";
import type { WritingTask } from "./write_worker.ts";

const WORKER = new URL("write_worker.ts", import.meta.url);

export interface GgufWeightsOptions {
  /** Folder of what outlives the process. */
  readonly dataFolder: string;
  /** Tensors that are written at once, each in a thread of its own. Default 1. */
  readonly threads?: number;
  /** Told of bytes of the GGUF that have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A tensor of the written file. */
export type WrittenTensor = SafetensorsEntry & { readonly file: string };

/** Names of the folders of each kind, `<digest>-<form>-v<format>`. A format goes up when what is written changes. */
export const GGUF_WEIGHTS: Readonly<Record<WritingKind, { readonly form: string; readonly format: number }>> = {
  packed: { form: "gguf", format: 1 },
  expanded: { form: "gguf-f32", format: 1 },
};

/**
 * Makes sure that what becomes of a GGUF's tensors lies in the data folder.
 *
 * @throws {CheckpointError} where the GGUF cannot be read, or has a weight that is not finite
 * @throws {ConversionError} where the data folder cannot take the weights
 */
export async function writtenTensors(
  gguf: GgufModel,
  kind: WritingKind,
  { dataFolder, threads = 1, onProgress = () => {} }: GgufWeightsOptions,
): Promise<ReadonlyMap<string, WrittenTensor>> {
  const { id, digest } = gguf;
  const { form, format } = GGUF_WEIGHTS[kind];
  const path = join(weightsRoot(dataFolder), `${digest.replace("sha256:", "")}-${form}-v${format}`);
  const folder: WeightsFolder = { path, partial: `${path}.partial`, lock: `${path}.lock` };
  // Largest first, so that threads end together.
  const tensors = [...gguf.tensors].sort(([, a], [, b]) => b.length - a.length);
  const writings = tensors.map(([name, tensor]) => writingOf(kind, name, tensor));
  const total = tensors.reduce((sum, [, { length }]) => sum + length, 0);
  await writeOnce(dataFolder, folder, {
    bytes: () => writtenBytes(writings),
    write: async (partial) => {
      const target = join(partial, VALUES_FILE);
      let done = 0;
      const plan = {
        digest,
        entries: writings.flatMap(({ parts }) => parts),
        script: WORKER,
        jobs: tensors.map(([name, tensor], i) => (places: ReadonlyMap<string, number>): WritingTask => {
          const mine = placesAmong(places, writings[i]!.parts);
          return { kind, name, tensor, places: mine, file: gguf.file, fileName: gguf.name, target };
        }),
      };
      const progress = (read: number) => onProgress(done += read, total);
      return { digest, id, precision: form, tensors: await writeValues(target, plan, { threads, progress }) };
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
