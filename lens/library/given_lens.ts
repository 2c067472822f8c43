import { fetchLens } from "../../model/checkpoint/hub/lens_files.ts";
import type { HubOptions } from "../../model/checkpoint/hub/hub_options.ts";
import { type Environment, readHubSettings } from "../../model/checkpoint/hub/settings.ts";
import { hubSourceText, parseHubSource } from "../../model/checkpoint/hub/source.ts";
import type { LensEntry, LensLibrary } from "./types.ts";

/** A lens that is given at the start: for the life of the process, from where it lies. */
export interface GivenLens {
  readonly id: string;
  /** A file, a folder with config.json and params.pt, or a source on the hub. What exists here wins. */
  readonly source: string;
}

/**
 * Registers a lens given at the start.
 *
 * @throws {Error} with one sentence where it is not there or is refused
 */
export async function addGivenLens(
  library: LensLibrary,
  { id, source }: GivenLens,
  env: Environment,
  onProgress?: HubOptions["onProgress"],
): Promise<LensEntry> {
  if (await isThere(source)) return await library.addFile(id, source);
  const hub = parseHubSource(source);
  if (hub === null) {
    throw new Error(
      `--lens ${id}: there is no file or folder of that name, and it is no [spaces/]owner/name:path either`,
    );
  }
  const settings = await readHubSettings(env);
  const fetched = await fetchLens(hub, { settings, ...(onProgress ? { onProgress } : {}) });
  const note = `from ${hubSourceText(fetched.source)}`;
  if (fetched.configFile === null) return await library.addFile(id, fetched.file, { note });
  return await library.addFile(id, fetched.file, { note, config: await Deno.readTextFile(fetched.configFile) });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
