import { dirname, join, relative } from "node:path";
import type { CachedRepository } from "./cache.ts";

/**
 * Makes a blob a file of a snapshot: a relative link, so that the cache can be moved; put in place by a rename, so that
 * no one meets a half-made one. Where links are not to be had (Windows), the blob itself is moved, as Python does it.
 */
export async function linkBlob(cached: CachedRepository, commit: string, path: string, blob: string): Promise<void> {
  const link = join(cached.snapshots, commit, ...path.split("/"));
  const target = join(cached.blobs, blob);
  await Deno.mkdir(dirname(link), { recursive: true });
  const temporary = `${link}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await Deno.symlink(relative(dirname(link), target), temporary, { type: "file" });
  } catch (error) {
    if (Deno.build.os !== "windows") throw error;
    await Deno.rename(target, link);
    return;
  }
  await Deno.rename(temporary, link);
}

/** Remembers which commit a branch or tag was at. */
export async function writeRef({ refs }: CachedRepository, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  const ref = join(refs, ...revision.split("/"));
  if (await Deno.readTextFile(ref).catch(() => null) === commit) return;
  await Deno.mkdir(dirname(ref), { recursive: true });
  const temporary = `${ref}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  await Deno.writeTextFile(temporary, commit);
  await Deno.rename(temporary, ref);
}
