import { join } from "node:path";
import { COMMIT, type HubSource, isRepositoryPath } from "./source.ts";
import type { HubFile } from "./hub_file.ts";

/**
 * One repository in the cache folder that all Hugging Face tools share: `models--owner--name` with `blobs` (bytes by
 * digest), `snapshots/<commit>` (links to them by name) and `refs` (commit of each branch and tag).
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export interface CachedRepository {
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  /** Lock files of its blobs, where huggingface_hub looks for them. */
  readonly locks: string;
}

export function cachedRepository(cacheFolder: string, { type, owner, name }: HubSource): CachedRepository {
  const folder = `${type}s--${owner}--${name}`;
  const root = join(cacheFolder, folder);
  return {
    blobs: join(root, "blobs"),
    snapshots: join(root, "snapshots"),
    refs: join(root, "refs"),
    locks: join(cacheFolder, ".locks", folder),
  };
}

/**
 * Commit of a revision, as the cache last saw it, if it has a snapshot of it.
 *
 * @returns 40 hexadecimal digits, or null
 */
export async function resolveCachedRevision(cached: CachedRepository, revision: string): Promise<string | null> {
  const commit = COMMIT.test(revision) ? revision : await readRef(cached, revision);
  return commit !== null && await isDirectory(join(cached.snapshots, commit)) ? commit : null;
}

/**
 * A file of a snapshot folder.
 *
 * @param path a path of the repository
 * @returns null where it is not there, or its blob is not
 */
export async function cachedFile(snapshot: string, path: string): Promise<HubFile | null> {
  try {
    const { isFile, size } = await Deno.stat(join(snapshot, ...path.split("/")));
    return isFile ? { path, size, digest: null } : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** Every whole file of a snapshot folder, or of a folder in it. */
export async function listCachedFiles(snapshot: string, under = ""): Promise<HubFile[]> {
  const files: HubFile[] = [];
  const folder = under === "" ? snapshot : join(snapshot, ...under.split("/"));
  if (!await isDirectory(folder)) return files;
  for await (const { name } of Deno.readDir(folder)) {
    const path = under === "" ? name : `${under}/${name}`;
    if (!isRepositoryPath(path)) continue;
    const file = await cachedFile(snapshot, path);
    if (file !== null) files.push(file);
    else files.push(...await listCachedFiles(snapshot, path));
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function readRef({ refs }: CachedRepository, revision: string): Promise<string | null> {
  try {
    const commit = (await Deno.readTextFile(join(refs, ...revision.split("/")))).trim();
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
