import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { openRepository } from "./open_repository.ts";
import type { HubSource } from "./source.ts";

/** A lens that someone published for a model. */
export interface PublishedLens {
  readonly kind: "tuned" | "jacobian";
  /** Its file, for `fetchLens`. */
  readonly source: HubSource;
  /** Bytes of the file. */
  readonly bytes: number;
}

/** What was found, and the repositories that could not be asked. */
export interface PublishedLenses {
  readonly lenses: readonly PublishedLens[];
  readonly failures: readonly HubError[];
}

const latest = { revision: "main", path: null };
/** tuned-lens' own: `lens/<model id>/{config.json,params.pt}`, several below one id for some models. */
export const TUNED_LENSES: HubSource = { type: "space", owner: "AlignmentResearch", name: "tuned-lens", ...latest };
/** `<model>/jlens/<dataset>/*_jacobian_lens*.pt`. */
export const JACOBIAN_LENSES: HubSource = { type: "model", owner: "neuronpedia", name: "jacobian-lens", ...latest };

/**
 * Looks for lenses of a model in the two places where they are published. Which of them fit is for their reader to say.
 *
 * @param modelId as in config.json or on the hub, such as `meta-llama/Llama-2-7b-hf`
 * @returns tuned lenses first, in order of their paths
 */
export async function findPublishedLenses(modelId: string, options: HubOptions): Promise<PublishedLenses> {
  const found = await Promise.allSettled([tuned(modelId, options), jacobian(modelId, options)]);
  const failures: HubError[] = [];
  for (const result of found) {
    if (result.status === "fulfilled") continue;
    if (!(result.reason instanceof HubError)) throw result.reason;
    failures.push(result.reason);
  }
  return { lenses: found.flatMap((result) => result.status === "fulfilled" ? result.value : []), failures };
}

async function tuned(modelId: string, options: HubOptions): Promise<PublishedLens[]> {
  const repository = await openRepository(TUNED_LENSES, options);
  const files = await repository.list(`lens/${modelId}`);
  return files.filter(({ path }) => path.endsWith("/params.pt"))
    .map((file) => lens("tuned", TUNED_LENSES, file));
}

async function jacobian(modelId: string, options: HubOptions): Promise<PublishedLens[]> {
  const repository = await openRepository(JACOBIAN_LENSES, options);
  // Folders there go by the whole id or by its last part, in lower case or not.
  const names = [modelId, modelId.split("/").at(-1) ?? modelId].map((name) => name.toLowerCase());
  return (await repository.list()).filter(({ path }) => {
    const model = /^(.+)\/jlens\/[^/]+\/[^/]*_jacobian_lens[^/]*\.pt$/.exec(path)?.[1];
    return model !== undefined && names.includes(model.toLowerCase());
  }).map((file) => lens("jacobian", JACOBIAN_LENSES, file));
}

function lens(kind: PublishedLens["kind"], source: HubSource, { path, size }: HubFile): PublishedLens {
  return { kind, source: { ...source, path }, bytes: size };
}
