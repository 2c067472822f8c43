import { cachedFile, listCachedFiles } from "./cache.ts";
import type { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { Repository } from "./repository.ts";

/**
 * What the cache has of a repository.
 *
 * @param folder absolute path of its snapshot folder
 * @param why the hub is not asked
 */
export function cachedOnlyRepository(commit: string, folder: string, why: HubError): Repository {
  return {
    commit,
    folder,
    cacheOnly: why,
    async find(paths) {
      const files = await Promise.all(paths.map((path) => cachedFile(folder, path)));
      return files.filter((file): file is HubFile => file !== null);
    },
    list: (under) => listCachedFiles(folder, under),
    fetch: () => Promise.resolve(), // What was found is there.
  };
}
