import { join } from "node:path";
import { readJsonFile } from "../read_json_file.ts";
import { INDEX, SINGLE } from "../weight_files.ts";
import { missingFile } from "./download.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { openRepository } from "./open_repository.ts";
import type { Repository } from "./repository.ts";
import { type HubSource, hubSourceText, isRepositoryPath, repositoryName } from "./source.ts";

const CONFIG = "config.json";
/** Fetched where they are: a model without them takes token ids. */
const TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];
/** Asked after so that a refusal can say what is there instead. */
const TORCH = ["pytorch_model.bin", "pytorch_model.bin.index.json"];
/** Largest index that is read, as in weight_files.ts. */
const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Names that a refusal lists. */
const MAX_NAMED = 8;

/** A model in the cache. */
export interface FetchedCheckpoint {
  /** Absolute path of the snapshot folder, as `openCheckpoint` takes it. */
  readonly folder: string;
  /** Absolute path of the `.gguf` file that the source names; null for a model folder. */
  readonly gguf: string | null;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Why the cache alone was used; null where the hub answered. */
  readonly cacheOnly: HubError | null;
}

/**
 * Fetches what a model needs and nothing else of its repository: config.json, the tokenizer's files, and
 * model.safetensors or else the shards of its index; or the one `.gguf` file that the source's path names.
 *
 * @throws {HubError}; {@link import("../checkpoint_error.ts").CheckpointError} for an index that is not JSON
 */
export async function fetchCheckpoint(source: HubSource, options: HubOptions): Promise<FetchedCheckpoint> {
  if (source.path !== null && !/\.gguf$/i.test(source.path)) {
    const message = `${hubSourceText(source)}: a path in a model's repository must name a .gguf file.`;
    throw new HubError("notFound", message, { missing: "file" });
  }
  const repository = await openRepository(source, options);
  const { folder, commit, cacheOnly } = repository;
  if (source.path === null) {
    await repository.fetch(await modelFiles(repository, source));
    return { folder, gguf: null, commit, cacheOnly };
  }
  const found = await repository.find([source.path]);
  if (found.length === 0) throw await noGguf(repository, source, source.path);
  await repository.fetch(found);
  return { folder, gguf: join(folder, ...source.path.split("/")), commit, cacheOnly };
}

async function modelFiles(repository: Repository, source: HubSource): Promise<HubFile[]> {
  const found = await repository.find([CONFIG, ...TOKENIZER, SINGLE, INDEX, ...TORCH]);
  const there = new Map(found.map((file) => [file.path, file]));
  const config = there.get(CONFIG);
  if (config === undefined) throw await noModel(repository, source);
  const weights = there.has(SINGLE) ? [there.get(SINGLE)!] : await shards(repository, source, there);
  return [config, ...found.filter(({ path }) => TOKENIZER.includes(path)), ...weights];
}

/** The index, fetched at once since it names the others, and those. */
async function shards(
  repository: Repository,
  source: HubSource,
  there: ReadonlyMap<string, HubFile>,
): Promise<HubFile[]> {
  const index = there.get(INDEX);
  if (index === undefined) throw noWeights(repository, source, there);
  await repository.fetch([index]);
  const json = await readJsonFile(join(repository.folder, INDEX), MAX_INDEX_BYTES);
  const names = shardNames(json);
  const found = await repository.find(names);
  for (const name of names) {
    if (!found.some(({ path }) => path === name)) throw missingFile(repository, source, name);
  }
  return [index, ...found];
}

/** What is no name of a shard is left out here: `openCheckpoint` refuses the index, and says why. */
function shardNames(index: unknown): string[] {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  const values: unknown[] = typeof map === "object" && map !== null ? Object.values(map) : [];
  const names = values.filter((name): name is string => typeof name === "string" && isRepositoryPath(name));
  return [...new Set(names)].filter((name) => name.endsWith(".safetensors")).sort();
}

function noWeights(repository: Repository, source: HubSource, there: ReadonlyMap<string, HubFile>): HubError {
  if (repository.cacheOnly !== null) return missingFile(repository, source, SINGLE);
  const torch = TORCH.some((name) => there.has(name)) ? "; its torch weights are not read, convert them first" : "";
  const message = `${repositoryName(source)} has neither ${SINGLE} nor ${INDEX}${torch}.`;
  return new HubError("notFound", message, { missing: "file" });
}

async function noModel(repository: Repository, source: HubSource): Promise<HubError> {
  if (repository.cacheOnly !== null) return missingFile(repository, source, CONFIG);
  const named = await ggufNames(repository);
  const example = named[0] === undefined
    ? ""
    : `; name one of its GGUF files, as in ${hubSourceText({ ...source, path: named[0] })}`;
  return new HubError("notFound", `${repositoryName(source)} has no ${CONFIG}${example}.`, { missing: "file" });
}

async function noGguf(repository: Repository, source: HubSource, path: string): Promise<HubError> {
  if (repository.cacheOnly !== null) return missingFile(repository, source, path);
  const named = await ggufNames(repository);
  const others = named.length === 0 ? "no .gguf file at all" : named.slice(0, MAX_NAMED).join(", ");
  const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : "";
  const message = `${repositoryName(source)} has no file ${path}: it has ${others}${more}.`;
  return new HubError("notFound", message, { missing: "file" });
}

async function ggufNames(repository: Repository): Promise<string[]> {
  return (await repository.list()).map(({ path }) => path).filter((path) => /\.gguf$/i.test(path)).sort();
}
