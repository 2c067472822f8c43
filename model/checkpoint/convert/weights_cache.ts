import { join } from "node:path";
import { GGUF_WEIGHTS } from "../gguf/gguf_weights.ts";
import { readRecord } from "./record.ts";
import { FORMAT, RECIPES } from "./recipes.ts";
import { weightsRoot } from "./weights_folder.ts";

/** Converted weights as they lie in the data folder. */
export interface CachedWeights {
  /** Name of the folder. */
  readonly name: string;
  /** The model's name for people; null where the folder does not say. */
  readonly id: string | null;
  /** q16, q8 or q4; of a GGUF, gguf (its blocks packed) or gguf-f32 (expanded). */
  readonly kind: string;
  readonly bytes: number;
  /** Last start that read the values, or when they were written, where access times are kept. */
  readonly used: Date | null;
  /** Left by a writer that was killed. */
  readonly partial: boolean;
  /** Of a format that this version does not read. */
  readonly stale: boolean;
}

/** `<digest>-<kind>-v<format>`, and what stands beside it while it is written. */
const NAME = /^[0-9a-f]{64}-(.+)-v(\d+)(\.partial)?$/;

/** The format that this version reads, by kind. */
const FORMATS: ReadonlyMap<string, number> = new Map([
  ...Object.keys(RECIPES).map((precision) => [precision, FORMAT] as const),
  ...Object.values(GGUF_WEIGHTS).map(({ form, format }) => [form, format] as const),
]);

/** All converted weights, largest first. */
export async function listWeights(dataFolder: string): Promise<CachedWeights[]> {
  const root = weightsRoot(dataFolder);
  const found: CachedWeights[] = [];
  for (const { name, isDirectory } of await entries(root)) {
    const [, kind, format, partial] = NAME.exec(name) ?? [];
    if (!isDirectory || kind === undefined) continue;
    const folder = join(root, name);
    const record = await readRecord(folder);
    const { bytes, used } = await sizeOf(folder);
    const stale = record !== null && Number(format) !== FORMATS.get(kind);
    found.push({ name, id: record?.id ?? null, kind, bytes, used, partial: partial !== undefined, stale });
  }
  return found.sort((a, b) => b.bytes - a.bytes);
}

/** Removes one of `listWeights`; a start that has it mapped keeps its bytes until it ends. */
export async function removeWeights(dataFolder: string, { name }: CachedWeights): Promise<void> {
  const folder = join(weightsRoot(dataFolder), name);
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(`${folder}.lock`).catch(() => {});
}

async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function sizeOf(folder: string): Promise<{ bytes: number; used: Date | null }> {
  let bytes = 0;
  let used: Date | null = null;
  for (const { name } of await entries(folder)) {
    const stat = await Deno.stat(join(folder, name));
    bytes += stat.size;
    const time = stat.atime ?? stat.mtime;
    if (time !== null && (used === null || time > used)) used = time;
  }
  return { bytes, used };
}
