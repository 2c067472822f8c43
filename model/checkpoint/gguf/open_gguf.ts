import { basename } from "node:path";
import { CheckpointError, quoted } from "../checkpoint_error.ts";
import type { ModelConfig } from "../config.ts";
import { modelDigest } from "../digest.ts";
import { DigestCache } from "../digest_cache.ts";
import { unreadable } from "../exact_read.ts";
import { expectedTensors } from "../expected_tensors.ts";
import { ggufConfig, type GgufTensorFacts } from "./gguf_config.ts";
import { type GgufHeader, type GgufTensor, readGgufHeader } from "./header.ts";
import { readGgufTensor } from "./read_gguf_tensor.ts";
import { huggingFaceName } from "./tensor_names.ts";

const ROPE_FREQS = "rope_freqs.weight";
const MAX_ROPE_FREQS = 1024;
/** `model-00001-of-00003.gguf` */
const SPLIT = /-\d{5}-of-(\d{5})\.gguf$/i;

/** A GGUF model, checked whole: every tensor the config calls for is there, in range, and of the right shape. */
export interface GgufModel {
  /** Absolute path of the real file (symbolic links resolved). */
  readonly file: string;
  /** Base name of the file that was opened, for messages. */
  readonly name: string;
  /** The model's name for people: the file's, without `.gguf`. */
  readonly id: string;
  /** `sha256:<hex>`: the rule of model folders (digest.ts) over the one file. */
  readonly digest: string;
  readonly config: ModelConfig;
  readonly architecture: string;
  /** Name of the commonest block type, by weights, e.g. `Q4_K`. */
  readonly type: string;
  /** By Hugging Face name. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

export interface OpenGgufOptions {
  /** Where file digests are remembered between starts; left out: the file is hashed again. */
  readonly cacheFolder?: string;
  /** Name for people; the file's own by default. */
  readonly id?: string;
}

/**
 * Opens a GGUF file.
 *
 * @throws {CheckpointError} naming what is missing, malformed or unsupported
 */
export async function openGguf(path: string, options: OpenGgufOptions = {}): Promise<GgufModel> {
  const file = await realPath(path);
  const name = basename(path);
  const header = await named(name, readGgufHeader(file));
  refuseSplit(name, header);
  const { config, architecture } = ggufConfig(header.metadata, await named(name, tensorFacts(file, header)));
  const tensors = matchTensors(config, header, name);
  const cache = options.cacheFolder === undefined ? null : await DigestCache.open(options.cacheFolder);
  return {
    file,
    name,
    id: options.id ?? name.replace(/\.gguf$/i, ""),
    digest: await modelDigest([{ name, path: file }], cache),
    config,
    architecture,
    type: commonestType(tensors.values()),
    tensors,
  };
}

async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    throw unreadable(basename(path), error);
  }
}

/** A hub cache's blob is named by its digest: say the name that people know. */
async function named<T>(name: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof CheckpointError) throw new CheckpointError(error.rule, name, error.reason);
    throw error;
  }
}

function refuseSplit(name: string, { metadata }: GgufHeader): void {
  const parts = metadata.integer("split.count", { min: 0, max: 65_535 }, Number(SPLIT.exec(name)?.[1] ?? 1));
  if (parts > 1) {
    const reason = `one of ${parts} parts of a split GGUF; join them first (llama-gguf-split --merge)`;
    throw new CheckpointError("config.unsupported", name, reason);
  }
}

async function tensorFacts(file: string, { metadata, tensors }: GgufHeader): Promise<GgufTensorFacts> {
  const embedding = tensors.get("token_embd.weight");
  if (embedding === undefined) {
    throw new CheckpointError("model.missing", metadata.file, "tensor token_embd.weight is missing");
  }
  const freqs = tensors.get(ROPE_FREQS);
  if (freqs !== undefined && (freqs.shape.length !== 1 || freqs.shape[0]! > MAX_ROPE_FREQS)) {
    throw new CheckpointError("model.shape", metadata.file, `tensor ${ROPE_FREQS} is [${freqs.shape.join(", ")}]`);
  }
  const bias = (part: string) => tensors.has(`blk.0.${part}.bias`);
  return {
    vocabulary: embedding.shape[0]!,
    tied: !tensors.has("output.weight"),
    bias: { qkv: bias("attn_q"), o: bias("attn_output"), mlp: bias("ffn_down") },
    ropeFactors: freqs === undefined ? null : [...await readGgufTensor(file, freqs)],
  };
}

/** The tensors the config calls for, each of them there and of the right shape, and no others. */
function matchTensors(config: ModelConfig, header: GgufHeader, file: string): Map<string, GgufTensor> {
  const stored = new Map<string, GgufTensor>();
  const expected = expectedTensors(config);
  for (const tensor of header.tensors.values()) {
    const name = huggingFaceName(tensor.name);
    if (tensor.name === ROPE_FREQS) continue;
    if (name === null || !expected.has(name)) {
      const reason = `tensor ${quoted(tensor.name)} is not one that a ${config.family} model of this metadata has`;
      throw new CheckpointError("model.unexpected", file, reason);
    }
    stored.set(name, tensor);
  }
  const tensors = new Map<string, GgufTensor>();
  for (const [name, shape] of expected) {
    const found = stored.get(name);
    if (found === undefined) {
      throw new CheckpointError("model.missing", file, `the tensor of ${name} [${shape.join(", ")}] is missing`);
    }
    if (found.shape.length !== shape.length || found.shape.some((size, axis) => size !== shape[axis])) {
      const reason = `tensor ${found.name} is [${found.shape.join(", ")}]; the metadata call for [${shape.join(", ")}]`;
      throw new CheckpointError("model.shape", file, reason);
    }
    tensors.set(name, found);
  }
  return tensors;
}

function commonestType(tensors: Iterable<GgufTensor>): string {
  const counts = new Map<string, number>();
  for (const { type, shape } of tensors) {
    counts.set(type.name, (counts.get(type.name) ?? 0) + shape.reduce((product, size) => product * size, 1));
  }
  return [...counts].reduce((most, one) => one[1] > most[1] ? one : most)[0];
}
