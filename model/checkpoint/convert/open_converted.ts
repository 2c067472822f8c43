import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import type { HalvesKernel, Matrix } from "../matrix.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import type { ByteDType, DType, TensorSource } from "../tensor_source.ts";
import { type Job, partName, planLayout } from "./layout.ts";
import { type ConvertedPrecision, ENCODINGS } from "./recipes.ts";
import { VALUES_FILE } from "./weights_folder.ts";

/**
 * A checkpoint whose weights are those of a converted folder.
 *
 * @param source the model that was converted: its config, names and digest
 * @param folder as `convert` gave it
 * @param kernel for matrices of int8 halves: one that is exact on this processor
 * @throws {CheckpointError} where the file cannot be read
 */
export async function openConverted(
  source: Checkpoint,
  precision: ConvertedPrecision,
  folder: string,
  kernel: HalvesKernel,
): Promise<Checkpoint> {
  const file = await Deno.realPath(join(folder, VALUES_FILE));
  const { entries } = await readSafetensorsHeader(file);
  const stored = <D extends DType | ByteDType>(name: string, dtype: D): TensorSource<D> => {
    const entry = entries.get(name);
    if (entry?.dtype !== dtype) throw new Error(`the converted weights have no ${name} of ${dtype}`);
    return { ...entry, dtype, file };
  };
  const tensors = new Map<string, TensorSource>();
  const matrices = new Map<string, Matrix>();
  for (const job of planLayout(source, precision).jobs) {
    if (job.kind === "plain") tensors.set(job.source.name, stored(job.source.name, job.dtype));
    else matrices.set(job.name, matrixOf(job, stored, kernel));
  }
  return { ...source, tensors, matrices };
}

function matrixOf(
  { name, size, encoding }: Extract<Job, { kind: "matrix" }>,
  stored: <D extends DType | ByteDType>(name: string, dtype: D) => TensorSource<D>,
  kernel: HalvesKernel,
): Matrix {
  const parts = {
    bytes: <D extends ByteDType>(part: string, dtype: D) => stored(partName(name, part), dtype),
    floats: (part: string) => stored(partName(name, part), "F32"),
  };
  return ENCODINGS[encoding].matrix(size, parts, kernel);
}
