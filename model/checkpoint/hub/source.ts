/** Kinds of repository; models are the ones written without a prefix. */
export type RepositoryType = "model" | "space" | "dataset";

/** A repository of a hub at one revision, and perhaps one path in it. Made by {@link parseHubSource}. */
export interface HubSource {
  readonly type: RepositoryType;
  readonly owner: string;
  readonly name: string;
  /** Branch, tag, `refs/pr/1` or a commit of 40 hexadecimal digits; `main` where none is written. */
  readonly revision: string;
  /** A file or folder of the repository, with `/` between its parts; null for the repository itself. */
  readonly path: string | null;
}

/** A commit's full name. */
export const COMMIT = /^[0-9a-f]{40}$/;

const PREFIX: Readonly<Record<string, RepositoryType>> = { spaces: "space", datasets: "dataset" };
/** First parts that are no owner: prefixes of the hub's own addresses, and folders that people keep models in. */
const NO_OWNER = new Set(["models", "spaces", "datasets", "api"]);
const WRITTEN = /^(?:(spaces|datasets)\/)?([^/@:]+)\/([^/@:]+)(?:@([^@:]+))?(?::([^:@]+))?$/;
/** One part of a repository's name, as huggingface_hub's validate_repo_id has it. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
const MAX_REPOSITORY_CHARACTERS = 96;
/** `weights/model.gguf` is a file that is not there, not a repository. */
const FILE_NAME = /\.(?:gguf|safetensors|pt|pth|bin|json|npz|zip|git)$/i;
const REVISION = /^[A-Za-z0-9_][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._+-]*)*$/;
const MAX_REVISION_CHARACTERS = 200;
const MAX_PATH_CHARACTERS = 1024;

/**
 * Reads `[spaces/|datasets/]owner/name[@revision][:path]`.
 *
 * Never accepts an absolute path, one that starts with a dot or `~`, one with a backslash, or one of other than two
 * parts. `folder/subfolder` can be either: a folder that exists wins, and to look is the caller's part.
 *
 * @returns null for any other text
 */
export function parseHubSource(text: string): HubSource | null {
  const [, prefix, owner, name, revision = "main", path = null] = WRITTEN.exec(text) ?? [];
  if (owner === undefined || name === undefined) return null;
  if (NO_OWNER.has(owner) || !isPart(owner) || !isPart(name) || FILE_NAME.test(name)) return null;
  if (owner.length + 1 + name.length > MAX_REPOSITORY_CHARACTERS) return null;
  if (!isRevision(revision) || (path !== null && !isRepositoryPath(path))) return null;
  return { type: prefix === undefined ? "model" : PREFIX[prefix]!, owner, name, revision, path };
}

/** Whether a revision may be asked for, and be a file name below `refs/`. */
export function isRevision(text: string): boolean {
  return text.length <= MAX_REVISION_CHARACTERS && REVISION.test(text) && !text.includes("..") &&
    !text.split("/").some((part) => part.endsWith(".lock") || part.endsWith("."));
}

/**
 * Whether a path of a repository is one that can be joined to a folder, on any system: no empty, `.` or `..` part, no
 * root, drive or backslash, no control character.
 */
export function isRepositoryPath(path: string): boolean {
  // deno-lint-ignore no-control-regex
  return path.length > 0 && path.length <= MAX_PATH_CHARACTERS && !/[\\:*?"<>|\x00-\x1f\x7f]/.test(path) &&
    path.isWellFormed() && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** `owner/name`, with the prefix of its type: how people write it, and its address below the hub's. */
export function repositoryName({ type, owner, name }: HubSource): string {
  return `${type === "model" ? "" : `${type}s/`}${owner}/${name}`;
}

/** The text that {@link parseHubSource} reads back; the revision only where it is not `main`. */
export function hubSourceText(source: HubSource): string {
  const revision = source.revision === "main" ? "" : `@${source.revision}`;
  return repositoryName(source) + revision + (source.path === null ? "" : `:${source.path}`);
}

function isPart(text: string): boolean {
  return NAME.test(text) && !text.includes("..") && !text.includes("--");
}
