import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { lockBlob } from "./blob_lock.ts";
import type { CachedRepository } from "./cache.ts";
import { diskError } from "./disk_error.ts";
import { downloadBlob } from "./download_blob.ts";
import { HubError } from "./hub_error.ts";
import { hubFetch } from "./hub_fetch.ts";
import type { BlobDigest, HubFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { linkBlob, writeRef } from "./snapshot_links.ts";
import { type HubSource, repositoryName } from "./source.ts";

/** Files of one commit that its snapshot lacks. */
export interface MissingFiles {
  readonly source: HubSource;
  readonly cached: CachedRepository;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

type Known = HubFile & { readonly digest: BlobDigest };

/** Downloads the blobs that the cache lacks, one after another, and links each into the snapshot when it is whole. */
export async function fetchBlobs({ source, cached, commit, files }: MissingFiles, options: HubOptions): Promise<void> {
  const known = files.filter((file): file is Known => file.digest !== null);
  try {
    await Deno.mkdir(join(cached.snapshots, commit), { recursive: true });
    await writeRef(cached, source.revision, commit);
    const wanted: Known[] = [];
    for (const file of known) {
      if (await isThere(join(cached.blobs, file.digest.hex))) {
        await linkBlob(cached, commit, file.path, file.digest.hex);
      } else wanted.push(file);
    }
    const bytesTotal = wanted.reduce((sum, { size }) => sum + size, 0);
    await checkRoom(cached.snapshots, bytesTotal - await bytesHad(cached, wanted));
    let bytesBefore = 0;
    for (const file of wanted) {
      const onBytes = (bytes: number) =>
        options.onProgress?.({ file: file.path, bytesDone: bytesBefore + bytes, bytesTotal });
      await fetchOne(file, { source, cached, commit }, onBytes, options);
      bytesBefore += file.size;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw diskError(error, files[0]?.path ?? "the download");
  }
}

async function fetchOne(
  file: Known,
  { source, cached, commit }: Omit<MissingFiles, "files">,
  onBytes: (bytes: number) => void,
  options: HubOptions,
): Promise<void> {
  const { hex } = file.digest;
  await using _lock = await lockBlob(join(cached.locks, `${hex}.lock`), options.signal);
  // Another process may have brought it while this one waited for the lock.
  if (!await isThere(join(cached.blobs, hex))) {
    const fetch = hubFetch(source, options, file.path);
    const url = resolveAddress(options.settings.endpoint, source, commit, file.path);
    await downloadBlob({ file, folder: cached.blobs, url, fetch, onBytes }, options);
  }
  await linkBlob(cached, commit, file.path, hex);
}

function resolveAddress(endpoint: string, source: HubSource, commit: string, path: string): URL {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return new URL(`${endpoint}/${repositoryName(source)}/resolve/${commit}/${encoded}`);
}

async function bytesHad({ blobs }: CachedRepository, files: readonly Known[]): Promise<number> {
  let bytes = 0;
  for (const { digest } of files) {
    bytes += await Deno.stat(join(blobs, `${digest.hex}.incomplete`)).then(({ size }) => size, () => 0);
  }
  return bytes;
}

/** Better said at once than after hours; where the system does not say what is free, writing will. @param needed bytes */
async function checkRoom(folder: string, needed: number): Promise<void> {
  const free = await statfs(folder).then(({ bavail, bsize }) => bavail * bsize, () => Infinity);
  if (needed <= free) return;
  const [wants, has] = [needed, free].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new HubError("disk", `The disk of the hub's cache is too full: ${wants} are needed, ${has} are free.`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
