import { join } from "node:path";
import { datasetInfo, listFiles, modelInfo, pathsInfo, type RepoId, spaceInfo } from "@huggingface/hub";
import { cachedFile, type CachedRepository, cachedRepository } from "./cache.ts";
import { fetchBlobs } from "./fetch_blobs.ts";
import { HubError } from "./hub_error.ts";
import { hubFetch } from "./hub_fetch.ts";
import { type HubFile, parseListed } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import type { Repository } from "./repository.ts";
import { COMMIT, type HubSource } from "./source.ts";

/** Entries of a listing that are read before it is refused: 200 bytes each. */
const MAX_LISTED = 100_000;

/**
 * A repository on the hub, through @huggingface/hub.
 *
 * Its downloadFileToCacheDir and snapshotDownload are not used: they neither resume nor check a digest nor lock, cannot
 * be stopped, and write no progress. Nor is its fileDownloadInfo: it follows the redirect to the large files' server and
 * so loses the ETag of the hub, which its listings (`oid`, `lfs.oid`) have.
 *
 * @throws {HubError}
 */
export async function onlineRepository(source: HubSource, options: HubOptions): Promise<Repository> {
  const cached = cachedRepository(options.settings.cacheFolder, source);
  const commit = await resolveCommit(source, options);
  const folder = join(cached.snapshots, commit);
  const pinned = { ...source, revision: commit };
  return {
    commit,
    folder,
    cacheOnly: null,
    find: (paths) => find(pinned, paths, folder, options),
    list: (under) => list(pinned, under, options),
    fetch: (files) => fetchMissing(source, cached, commit, files, options),
  };
}

async function resolveCommit(source: HubSource, options: HubOptions): Promise<string> {
  const query = { ...access(source, options), name: `${source.owner}/${source.name}` };
  const { sha } = await asked<{ sha?: unknown }>(options, () => {
    switch (source.type) {
      case "model":
        return modelInfo({ ...query, additionalFields: ["sha"] });
      case "space":
        return spaceInfo({ ...query, additionalFields: ["sha"] });
      case "dataset":
        return datasetInfo({ ...query, additionalFields: ["sha"] });
    }
  });
  if (typeof sha !== "string" || !COMMIT.test(sha)) throw notAHub(options);
  return sha;
}

async function find(
  source: HubSource,
  paths: readonly string[],
  folder: string,
  options: HubOptions,
): Promise<HubFile[]> {
  // What a commit holds never changes: a file in its snapshot needs no question.
  const there = (await Promise.all(paths.map((path) => cachedFile(folder, path)))).filter((file) => file !== null);
  const open = paths.filter((path) => !there.some((file) => file.path === path));
  if (open.length === 0) return there;
  const infos = await asked(
    options,
    () => pathsInfo({ ...access(source, options), repo: repoId(source), paths: open }),
  );
  const found = infos.filter(({ type, path }) => type === "file" && open.includes(path)).map(parseListed);
  return [...there, ...found.filter((file) => file !== null)];
}

async function list(source: HubSource, under: string | undefined, options: HubOptions): Promise<HubFile[]> {
  const files: HubFile[] = [];
  try {
    await asked(options, async () => {
      const path = under?.split("/").map(encodeURIComponent).join("/");
      const query = { ...access(source, options), repo: repoId(source), recursive: true, ...(path && { path }) };
      for await (const entry of listFiles(query)) {
        const file = entry.type === "file" ? parseListed(entry) : null;
        if (file !== null) files.push(file);
        if (files.length > MAX_LISTED) throw notAHub(options);
      }
    });
  } catch (error) {
    // The repository was there a moment ago, so a 404 is about the folder, with an X-Error-Code or not.
    const noFolder = under !== undefined && error instanceof HubError && error.kind === "notFound";
    if (!noFolder) throw error;
  }
  return files;
}

async function fetchMissing(
  source: HubSource,
  cached: CachedRepository,
  commit: string,
  files: readonly HubFile[],
  options: HubOptions,
): Promise<void> {
  const missing: HubFile[] = [];
  for (const file of files) {
    if (await cachedFile(join(cached.snapshots, commit), file.path) === null) missing.push(file);
  }
  await fetchBlobs({ source, cached, commit, files: missing }, options);
}

function access(source: HubSource, options: HubOptions) {
  return { revision: source.revision, hubUrl: options.settings.endpoint, fetch: hubFetch(source, options) };
}

function repoId({ type, owner, name }: HubSource): RepoId {
  return { type, name: `${owner}/${name}` };
}

/** The library trusts every answer to be the JSON it expects; what it throws otherwise is not for people. */
async function asked<T>(options: HubOptions, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof HubError ? error : notAHub(options);
  }
}

function notAHub({ settings }: HubOptions): HubError {
  return new HubError("network", `${new URL(settings.endpoint).host} does not answer as a Hugging Face hub does.`);
}
