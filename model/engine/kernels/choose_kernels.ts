import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { env } from "onnxruntime-node";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { kindOf } from "../../checkpoint/convert/layout.ts";
import { FORMAT } from "../../checkpoint/convert/recipes.ts";
import { type ByteKernel, HALVES_KERNELS, type HalvesMatrix, type Matrix } from "../../checkpoint/matrix.ts";
import type { KernelTable } from "./kernel_table.ts";
import { type KernelGroup, kernelGroups, measureKernels } from "./measure_kernels.ts";

export interface ChooseKernelsOptions {
  readonly threads: number;
  /** Products of bytes that are exact on this processor. */
  readonly exact: readonly ByteKernel[];
  /** Where tables are remembered. */
  readonly dataFolder: string;
  /** Told of the table, and whether it was timed now. */
  readonly onTable?: (table: KernelTable, timed: boolean) => void;
  /** Matrices of fewer weights keep the usual kernel: there is nothing to gain. Default 65,536. */
  readonly leastWeights?: number;
}

const LEAST_WEIGHTS = 2 ** 16;

/**
 * The checkpoint with each matrix of int8 halves multiplied by the kernel that is fastest here: timed at the first start on
 * a processor with a version of ONNX Runtime, remembered for later ones, so that answers are the same from start to start.
 */
export async function chooseKernels(checkpoint: Checkpoint, options: ChooseKernelsOptions): Promise<Checkpoint> {
  const matrices = [...checkpoint.matrices ?? []];
  const halves = matrices.filter((entry): entry is [string, HalvesMatrix] => entry[1].form === "halves");
  const groups = kernelGroups(halves.map(([name, matrix]) => [kindOf(name), matrix]))
    .filter(({ in: into, out }) => into * out >= (options.leastWeights ?? LEAST_WEIGHTS));
  if (groups.length === 0) return checkpoint;
  const { entries } = await rememberedTable(groups, options);
  const chosen = new Map(entries.flatMap(({ kinds, chosen }) => kinds.map((kind) => [kind, chosen] as const)));
  const withKernel = ([name, matrix]: [string, Matrix]): [string, Matrix] =>
    matrix.form === "halves"
      ? [name, { ...matrix, kernel: chosen.get(kindOf(name)) ?? matrix.kernel }]
      : [name, matrix];
  return { ...checkpoint, matrices: new Map(matrices.map(withKernel)) };
}

async function rememberedTable(groups: readonly KernelGroup[], options: ChooseKernelsOptions): Promise<KernelTable> {
  const { threads, exact, dataFolder } = options;
  const sizes = groups.map(({ kinds, in: into, out, halves }) => ({ kinds, in: into, out, halves }));
  const machine = { processor: cpus()[0]?.model ?? "unknown", threads, exact };
  const key = JSON.stringify({ ...machine, onnxruntime: env.versions.node, format: FORMAT, sizes });
  const folder = join(dataFolder, "kernels");
  const file = join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
  const known = await readTable(file, key);
  const table = known ?? await measureKernels(groups, options);
  options.onTable?.(table, known === null);
  if (known === null) await writeTable(folder, file, { key, ...table }).catch(() => {}); // Timed anew at the next start.
  return table;
}

/** null: there is none, or another one. */
async function readTable(file: string, key: string): Promise<KernelTable | null> {
  try {
    const table = JSON.parse(await readFile(file, "utf8"));
    const entries: KernelTable["entries"] = table.entries;
    return table.key === key && entries.every(({ chosen }) => Object.hasOwn(HALVES_KERNELS, chosen))
      ? { entries }
      : null;
  } catch {
    return null;
  }
}

async function writeTable(folder: string, file: string, table: KernelTable & { readonly key: string }): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  await writeFile(temporary, JSON.stringify(table, null, 1), { flag: "wx" });
  await rename(temporary, file);
}
