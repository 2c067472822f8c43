import { join } from "node:path";
import { missingFile } from "./download.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { openRepository } from "./open_repository.ts";
import { JACOBIAN_LENSES, TUNED_LENSES } from "./published_lenses.ts";
import type { Repository } from "./repository.ts";
import { type HubSource, repositoryName } from "./source.ts";

const LENS_FILE = /\.(?:pt|safetensors|npz)$/i;
/** Names that a refusal lists. */
const MAX_NAMED = 8;

/** A lens in the cache. */
export interface FetchedLens {
  /** Absolute path of the lens file in the snapshot. */
  readonly file: string;
  /** Absolute path of the config.json that lies beside a tuned lens' params file; null where there is none. */
  readonly configFile: string | null;
  /** The lens file itself at the commit that it was fetched at: its provenance. */
  readonly source: HubSource;
  /** Why the cache alone was used; null where the hub answered. */
  readonly cacheOnly: HubError | null;
}

/**
 * Fetches one published lens: the file that the source's path names, or the only one of the folder that it names. Without
 * `spaces/`, AlignmentResearch/tuned-lens is the Space that it is.
 *
 * @throws {HubError} also where a folder has several lenses: it names them
 */
export async function fetchLens(given: HubSource, options: HubOptions): Promise<FetchedLens> {
  const source = asPublished(given);
  const repository = await openRepository(source, options);
  const lens = await findLens(repository, source);
  const config = await besideParams(repository, lens.path);
  await repository.fetch([...config, lens]);
  const { folder, commit, cacheOnly } = repository;
  const at = ({ path }: HubFile) => join(folder, ...path.split("/"));
  return {
    file: at(lens),
    configFile: config[0] === undefined ? null : at(config[0]),
    source: { ...source, revision: commit, path: lens.path },
    cacheOnly,
  };
}

/** What people write for a published collection, with the repository type that it really has. */
function asPublished(source: HubSource): HubSource {
  const same = ({ owner, name }: HubSource) => owner === source.owner && name === source.name;
  const known = [TUNED_LENSES, JACOBIAN_LENSES].find(same);
  return known !== undefined && source.type === "model" ? { ...source, type: known.type } : source;
}

async function findLens(repository: Repository, source: HubSource): Promise<HubFile> {
  const { path } = source;
  if (path !== null && LENS_FILE.test(path)) {
    const [file] = await repository.find([path]);
    if (file === undefined) throw missingFile(repository, source, path);
    return file;
  }
  const lenses = (await repository.list(path ?? undefined)).filter((file) => LENS_FILE.test(file.path));
  const params = lenses.filter((file) =>
    file.path === `${path}/params.pt` || file.path === `${path}/params.safetensors`
  );
  const [only, ...others] = params.length > 0 ? params : lenses;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) throw missingFile(repository, source, `that is a lens${path === null ? "" : ` in ${path}`}`);
  throw severalLenses(source, lenses);
}

function severalLenses(source: HubSource, lenses: readonly HubFile[]): HubError {
  const named = lenses.slice(0, MAX_NAMED).map(({ path }) => path).join(", ");
  const more = lenses.length > MAX_NAMED ? ` and ${lenses.length - MAX_NAMED} more` : "";
  const where = `${repositoryName(source)}${source.path === null ? "" : `:${source.path}`}`;
  return new HubError("notFound", `${where} has several lenses, name one: ${named}${more}.`, { missing: "file" });
}

/** tuned-lens' config.json goes with `params.*`; beside another file it may be that of a model. */
async function besideParams(repository: Repository, lens: string): Promise<HubFile[]> {
  const [folder, name] = [lens.slice(0, lens.lastIndexOf("/") + 1), lens.slice(lens.lastIndexOf("/") + 1)];
  return /^params\./.test(name) ? await repository.find([`${folder}config.json`]) : [];
}
