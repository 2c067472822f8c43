import type { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";

/** A repository at one commit, on the hub or in the cache alone. */
export interface Repository {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Absolute path of the snapshot folder, where fetched files lie under their names in the repository. */
  readonly folder: string;
  /** Why only what is in the cache can be had (offline mode, a hub that is away or refuses); null where the hub answers. */
  readonly cacheOnly: HubError | null;
  /** Those of the paths that are files here. @throws {HubError} */
  find(paths: readonly string[]): Promise<HubFile[]>;
  /** All files of a folder and those below it; none where there is no such folder. @throws {HubError} */
  list(under?: string): Promise<HubFile[]>;
  /** Makes files part of the snapshot folder, downloading what is not there. @throws {HubError} */
  fetch(files: readonly HubFile[]): Promise<void>;
}
