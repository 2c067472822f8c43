import { join, resolve } from "node:path";
import { cachedRepository, resolveCachedRevision } from "./cache.ts";
import { cachedOnlyRepository } from "./cached_repository.ts";
import { HubError, type HubErrorKind } from "./hub_error.ts";
import type { HubOptions } from "./hub_options.ts";
import { onlineRepository } from "./online_repository.ts";
import type { Repository } from "./repository.ts";
import { type HubSource, repositoryName } from "./source.ts";

/** Refusals behind which a repository that is in the cache may be used; a revision that is gone is not among them. */
const USE_CACHE: readonly HubErrorKind[] = ["network", "unauthorized", "gated"];

/**
 * Opens a repository at the commit that its revision is at now; in offline mode, or where the hub is away or refuses, at
 * the commit that the cache last saw, if it has any of it (as Python's huggingface_hub does).
 *
 * @throws {HubError}
 */
export async function openRepository(source: HubSource, given: HubOptions): Promise<Repository> {
  const options = { ...given, settings: { ...given.settings, cacheFolder: resolve(given.settings.cacheFolder) } };
  if (options.settings.offline) {
    const why = new HubError("offline", "HF_HUB_OFFLINE is set, so the hub is not asked.");
    const cached = await fromCache(source, options, why);
    if (cached !== null) return cached;
    const revision = source.revision === "main" ? "" : ` at revision ${source.revision}`;
    throw new HubError("offline", `${repositoryName(source)}${revision} is not in the cache: ${why.message}`);
  }
  try {
    return await onlineRepository(source, options);
  } catch (error) {
    if (!(error instanceof HubError && USE_CACHE.includes(error.kind))) throw error;
    const cached = await fromCache(source, options, error);
    if (cached === null) throw error;
    return cached;
  }
}

async function fromCache(source: HubSource, { settings }: HubOptions, why: HubError): Promise<Repository | null> {
  const cached = cachedRepository(settings.cacheFolder, source);
  const commit = await resolveCachedRevision(cached, source.revision);
  return commit === null ? null : cachedOnlyRepository(commit, join(cached.snapshots, commit), why);
}
