import type { HubOptions } from "../../model/checkpoint/hub/hub_options.ts";
import { findPublishedLenses, TUNED_LENSES } from "../../model/checkpoint/hub/published_lenses.ts";
import { type HubSource, hubSourceText, isRevision, parseHubSource } from "../../model/checkpoint/hub/source.ts";

/** What is to be fetched, as a person says it. */
export interface LensSource {
  /** `[spaces/]owner/name[@revision][:path]`; left out: what is published for the loaded model. */
  readonly source?: string;
  readonly revision?: string;
}

/** A source that is none, or that names no single lens. The message is for people. */
export class LensSourceError extends Error {
  override readonly name = "LensSourceError";

  constructor(readonly member: "source" | "revision", message: string) {
    super(message);
  }
}

/** Names that a refusal lists. */
const MAX_NAMED = 8;

/**
 * The repository and path that a person means.
 *
 * @param modelId the loaded model, for which one is looked up where no source is named
 * @throws {LensSourceError} {HubError}
 */
export async function publishedSource(
  { source, revision }: LensSource,
  modelId: string,
  options: HubOptions,
): Promise<HubSource> {
  if (source !== undefined) return withRevision(parse(source), revision);
  if (revision !== undefined) {
    throw new LensSourceError("revision", "a revision belongs to a source: name the source too");
  }
  const { lenses, failures } = await findPublishedLenses(modelId, options);
  const tuned = lenses.filter(({ kind }) => kind === "tuned");
  const candidates = tuned.length > 0 ? tuned : lenses;
  const [only, ...others] = candidates;
  if (only === undefined) {
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    throw new LensSourceError("source", `${TUNED_LENSES.owner} has published no lens for ${modelId}: name a source`);
  }
  if (others.length === 0) return only.source;
  const named = candidates.slice(0, MAX_NAMED).map((lens) => hubSourceText(lens.source)).join(", ");
  const more = candidates.length > MAX_NAMED ? `, and ${candidates.length - MAX_NAMED} more` : "";
  throw new LensSourceError("source", `several lenses are published for ${modelId}, name one: ${named}${more}`);
}

function parse(text: string): HubSource {
  const source = parseHubSource(text);
  if (source !== null) return source;
  throw new LensSourceError("source", "a source is [spaces/]owner/name[@revision][:path], a repository of the hub");
}

function withRevision(source: HubSource, revision: string | undefined): HubSource {
  if (revision === undefined) return source;
  if (!isRevision(revision)) throw new LensSourceError("revision", "a revision is a branch, a tag or a commit");
  if (source.revision !== "main" && source.revision !== revision) {
    throw new LensSourceError("revision", `the source names revision ${source.revision} already`);
  }
  return { ...source, revision };
}

/** An id made of a source's name: the folder of a params file, else the file's own name. */
export function idOfSource(source: HubSource): string | null {
  const parts = (source.path ?? source.name).split("/");
  const file = parts.at(-1) ?? "";
  const named = /^params\.\w+$/.test(file) && parts.length > 1 ? parts.at(-2)! : file.replace(/\.\w+$/, "");
  const id = named.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 64);
  return id === "" || id === "logit" ? null : id;
}
