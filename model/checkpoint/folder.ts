import { basename, join } from "node:path";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointError, quoted } from "./checkpoint_error.ts";
import type { ModelConfig } from "./config.ts";
import { modelDigest } from "./digest.ts";
import { DigestCache } from "./digest_cache.ts";
import { unreadable } from "./exact_read.ts";
import { expectedTensors } from "./expected_tensors.ts";
import { parseConfig } from "./parse_config.ts";
import { readJsonFile } from "./read_json_file.ts";
import { BYTES_OF, type DType, type TensorSource } from "./tensor_source.ts";
import { readWeightFiles, type StoredTensor } from "./weight_files.ts";

const CONFIG = "config.json";
const MAX_CONFIG_BYTES = 1024 * 1024;

export interface OpenOptions {
  /** Where file digests are remembered between starts; left out: every weight file is hashed again. */
  readonly cacheFolder?: string;
  /** Name for people; the folder's own by default. */
  readonly id?: string;
}

/**
 * Opens a Hugging Face model folder, checked whole: what comes back can be computed.
 *
 * @param folder with config.json and model.safetensors, or shards and model.safetensors.index.json
 * @throws {CheckpointError} naming what is missing, malformed or unsupported
 */
export async function openCheckpoint(folder: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const root = await realFolder(folder);
  const json = await readJsonFile(join(root, CONFIG), MAX_CONFIG_BYTES);
  const { config, architecture } = parseConfig(json, CONFIG);
  const { files, tensors: stored } = await readWeightFiles(root);
  const tensors = matchTensors(config, stored, files[0]!.name);
  const cache = options.cacheFolder === undefined ? null : await DigestCache.open(options.cacheFolder);
  const configFile = { name: CONFIG, path: await Deno.realPath(join(root, CONFIG)) };
  return {
    id: options.id ?? folderName(folder, root),
    digest: await modelDigest([configFile, ...files], cache),
    config,
    architecture,
    dtype: commonestDtype(tensors.values()),
    tensors,
  };
}

async function realFolder(folder: string): Promise<string> {
  try {
    const path = await Deno.realPath(folder);
    if ((await Deno.stat(path)).isDirectory) return path;
  } catch (error) {
    throw unreadable(basename(folder), error);
  }
  throw new CheckpointError(
    "file",
    basename(folder),
    "not a folder; a Hugging Face model is a folder with config.json",
  );
}

/** `models--org--name/snapshots/<commit>` of a hub cache is org/name. */
function folderName(folder: string, root: string): string {
  const hub = /models--([^/\\]+)[/\\]snapshots[/\\][0-9a-f]{40}$/.exec(root)?.[1];
  return hub?.replace("--", "/") ?? (basename(folder) === "." ? basename(root) : basename(folder));
}

/** The tensors the config calls for, each of them there and of the right shape, and no others. */
function matchTensors(
  config: ModelConfig,
  stored: ReadonlyMap<string, StoredTensor>,
  firstFile: string,
): Map<string, TensorSource> {
  const tensors = new Map<string, TensorSource>();
  const expected = expectedTensors(config);
  for (const [name, shape] of expected) {
    const found = stored.get(name);
    if (found === undefined) throw missing(name, shape, firstFile);
    tensors.set(name, toSource(found, shape));
  }
  for (const [name, { file }] of stored) {
    if (!expected.has(name) && !isHarmless(name)) {
      throw new CheckpointError(
        "model.unexpected",
        file.name,
        `tensor ${quoted(name)} is not one that config.json calls for`,
      );
    }
  }
  return tensors;
}

function missing(name: string, shape: readonly number[], file: string): CheckpointError {
  const untied = name === "lm_head.weight" ? ", and config.json does not set tie_word_embeddings" : "";
  return new CheckpointError("model.missing", file, `tensor ${name} [${shape.join(", ")}] is missing${untied}`);
}

/** Recomputed from the config, or (tied, else it is expected) the embedding once more: transformers skips both too. */
function isHarmless(name: string): boolean {
  return name === "lm_head.weight" || name.endsWith(".rotary_emb.inv_freq");
}

function toSource({ entry, file }: StoredTensor, shape: readonly number[]): TensorSource {
  const { name, dtype, offset, length } = entry;
  if (!isDType(dtype)) {
    const supported = Object.keys(BYTES_OF).join(", ");
    throw new CheckpointError("model.dtype", file.name, `tensor ${name} is ${dtype}; ${supported} are supported`);
  }
  if (entry.shape.length !== shape.length || entry.shape.some((size, axis) => size !== shape[axis])) {
    const found = `tensor ${name} is [${entry.shape.join(", ")}]`;
    throw new CheckpointError("model.shape", file.name, `${found}; config.json calls for [${shape.join(", ")}]`);
  }
  return { name, dtype, shape: entry.shape, file: file.path, offset, length };
}

function isDType(dtype: string): dtype is DType {
  return Object.hasOwn(BYTES_OF, dtype);
}

/** By numbers stored, so that float32 norms beside float16 matrices do not count for more than they are. */
function commonestDtype(tensors: Iterable<TensorSource>): DType {
  const counts: Record<DType, number> = { F32: 0, F16: 0, BF16: 0 };
  for (const { dtype, length } of tensors) counts[dtype] += length / BYTES_OF[dtype];
  return (Object.keys(counts) as DType[]).reduce((most, dtype) => counts[dtype] > counts[most] ? dtype : most);
}
