import { fileNotFound } from "./refusal.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { openRepository } from "./open_repository.ts";
import type { Repository } from "./repository.ts";
import { type HubSource, repositoryName } from "./source.ts";

/** Picks from all files of a repository; may throw a {@link HubError} that says what is missing. */
export type FileChooser = (files: readonly HubFile[]) => readonly HubFile[];

/** What a fetch left in the cache. */
export interface FetchedFiles {
  /** Absolute path of the snapshot folder. */
  readonly folder: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Paths of the repository, which are paths in the folder too. */
  readonly files: readonly string[];
  /** Why the cache alone was used, so that a newer commit may exist; null where the hub answered. */
  readonly cacheOnly: HubError | null;
}

/**
 * Fetches files of a repository into the cache shared with Python's huggingface_hub, or finds them there.
 *
 * @param files paths, each of which must be there; `*` stands for any text without `/`, and must match one or more
 * @throws {HubError}
 */
export async function fetchFiles(
  source: HubSource,
  files: readonly string[] | FileChooser,
  options: HubOptions,
): Promise<FetchedFiles> {
  const repository = await openRepository(source, options);
  const chosen = typeof files === "function"
    ? files(await repository.list())
    : await matching(repository, source, files);
  await repository.fetch(chosen);
  return fetched(repository, chosen);
}

export function fetched({ folder, commit, cacheOnly }: Repository, files: readonly HubFile[]): FetchedFiles {
  return { folder, commit, cacheOnly, files: files.map(({ path }) => path) };
}

/** A file that must be there and is not. */
export function missingFile(repository: Repository, source: HubSource, path: string): HubError {
  const why = repository.cacheOnly;
  if (why === null) return fileNotFound(source, path);
  const message = `${path} of ${repositoryName(source)} is not in the cache: ${why.message}`;
  return new HubError(why.kind, message, why.page === null ? {} : { page: why.page });
}

async function matching(repository: Repository, source: HubSource, patterns: readonly string[]): Promise<HubFile[]> {
  const all = patterns.some((pattern) => pattern.includes("*"))
    ? await repository.list()
    : await repository.find(patterns);
  const chosen = new Map<string, HubFile>();
  for (const pattern of patterns) {
    const expression = new RegExp(`^${pattern.split("*").map(RegExp.escape).join("[^/]*")}$`);
    const found = all.filter(({ path }) => expression.test(path));
    if (found.length === 0) throw missingFile(repository, source, pattern);
    for (const file of found) chosen.set(file.path, file);
  }
  return [...chosen.values()];
}
