import { basename } from "node:path";
import { fetchCheckpoint } from "./checkpoint_files.ts";
import type { HubOptions } from "./hub_options.ts";
import { type Environment, readHubSettings } from "./settings.ts";
import { parseHubSource, repositoryName } from "./source.ts";

/** A model as the engine opens it. */
export interface NamedModel {
  /** A folder or a `.gguf` file. */
  readonly model: string;
  /** The name that the hub knows it by; absent for one that lies here. */
  readonly id?: string;
}

/**
 * What a person means by a model's name: what exists here, else a model of the hub, which is fetched into its cache.
 *
 * @returns the name itself where it is neither: whoever opens it says so
 * @throws {HubError}
 */
export async function namedModel(
  name: string,
  env: Environment,
  more: Pick<HubOptions, "onProgress" | "fetch" | "retryDelays"> = {},
): Promise<NamedModel> {
  const source = await exists(name) ? null : parseHubSource(name);
  if (source === null) return { model: name };
  const { folder, gguf } = await fetchCheckpoint(source, { ...more, settings: await readHubSettings(env) });
  const repository = repositoryName(source);
  return gguf === null ? { model: folder, id: repository } : { model: gguf, id: `${repository}:${basename(gguf)}` };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
