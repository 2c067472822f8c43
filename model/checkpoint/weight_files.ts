import { basename, join } from "node:path";
import { CheckpointError, quoted } from "./checkpoint_error.ts";
import { unreadable } from "./exact_read.ts";
import { readJsonFile } from "./read_json_file.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import type { SafetensorsEntry } from "./safetensors_header.ts";

export const SINGLE = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
/** An index line takes about 100 bytes. */
const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Most shards of one model. */
const MAX_SHARDS = 1024;

/** A weight file of the folder, symbolic links resolved. */
export interface WeightFile {
  /** Its name in the folder. */
  readonly name: string;
  /** Absolute path of the real file (a hub cache's snapshot links to a blob). */
  readonly path: string;
}

/** A tensor and the file it lies in. */
export interface StoredTensor {
  readonly entry: SafetensorsEntry;
  readonly file: WeightFile;
}

/**
 * Finds the weights of a model folder, `model.safetensors` or else the shards of its index (transformers' order), and
 * reads every header.
 *
 * @throws {CheckpointError} also for an index and shards that disagree
 */
export async function readWeightFiles(
  folder: string,
): Promise<{ files: WeightFile[]; tensors: Map<string, StoredTensor> }> {
  if (await exists(join(folder, SINGLE))) {
    const file = await resolve(folder, SINGLE);
    return { files: [file], tensors: await readShard(file) };
  }
  if (!await exists(join(folder, INDEX))) throw await noWeights(folder);
  const weightMap = parseIndex(await readJsonFile(join(folder, INDEX), MAX_INDEX_BYTES));
  const names = [...new Set(weightMap.values())].sort();
  if (names.length > MAX_SHARDS) throw indexFault(`${names.length} shards; at most ${MAX_SHARDS} are read`);
  const files: WeightFile[] = [];
  const tensors = new Map<string, StoredTensor>();
  for (const name of names) {
    const file = await resolve(folder, name);
    files.push(file);
    for (const [tensor, stored] of await readShard(file)) {
      addTensor(tensors, tensor, stored, weightMap.get(tensor));
    }
  }
  for (const [tensor, name] of weightMap) {
    if (!tensors.has(tensor)) {
      throw indexFault(`tensor ${quoted(tensor)} is said to be in ${quoted(name)}, which lacks it`);
    }
  }
  return { files, tensors };
}

function addTensor(tensors: Map<string, StoredTensor>, name: string, stored: StoredTensor, indexed?: string): void {
  const other = tensors.get(name)?.file.name;
  const shard = stored.file.name;
  if (other !== undefined) throw indexFault(`tensor ${quoted(name)} is in two shards, ${other} and ${shard}`);
  if (indexed === undefined) throw indexFault(`tensor ${quoted(name)} of ${shard} is not in the index`);
  if (indexed !== shard) {
    throw indexFault(`tensor ${quoted(name)} is said to be in ${quoted(indexed)}, and is in ${shard}`);
  }
  tensors.set(name, stored);
}

/** Tensor name → shard name, each shard a plain file name. */
function parseIndex(json: unknown): Map<string, string> {
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw indexFault("weight_map must be an object: tensor name to file name");
  }
  const weightMap = new Map<string, string>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== "string" || !isPlainName(name)) {
      throw indexFault(
        `tensor ${quoted(tensor)} is said to be in ${quoted(name)}: it must be the name of a .safetensors file ` +
          `beside the index, without a path`,
      );
    }
    weightMap.set(tensor, name);
  }
  if (weightMap.size === 0) throw indexFault("weight_map names no tensor");
  return weightMap;
}

function isPlainName(name: string): boolean {
  // deno-lint-ignore no-control-regex
  return name.length <= 255 && name.endsWith(".safetensors") && !/[/\\:\x00-\x1f]|^\.|\.\./.test(name);
}

async function readShard(file: WeightFile): Promise<Map<string, StoredTensor>> {
  try {
    const { entries } = await readSafetensorsHeader(file.path);
    return new Map([...entries].map(([name, entry]) => [name, { entry, file }]));
  } catch (error) {
    // A hub cache's blob is named by its digest: say the name that people know.
    if (error instanceof CheckpointError) throw new CheckpointError(error.rule, file.name, error.reason);
    throw error;
  }
}

async function resolve(folder: string, name: string): Promise<WeightFile> {
  try {
    return { name, path: await Deno.realPath(join(folder, name)) };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** A link to a missing blob counts as there: it is then refused by the name it has. */
async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw unreadable(basename(path), error);
  }
}

async function noWeights(folder: string): Promise<CheckpointError> {
  for (const torch of ["pytorch_model.bin", "pytorch_model.bin.index.json"]) {
    if (await exists(join(folder, torch))) {
      return new CheckpointError("file", torch, `torch weights are not read; convert them to ${SINGLE}`);
    }
  }
  return new CheckpointError("file", SINGLE, `not found in the model folder, and no ${INDEX} either`);
}

function indexFault(reason: string): CheckpointError {
  return new CheckpointError("model.index", INDEX, reason);
}
