import { fitLens, fitWarnings } from "../files/fit_lens.ts";
import type { Json } from "../files/lens_file.ts";
import { shown } from "../files/lens_file_error.ts";
import type { StoredLens } from "./stored_lens.ts";
import type { LensModel, ModelMatch } from "./types.ts";

/** Remarks of the field's tools that name the model a lens was made on. */
const NAME_KEYS = ["base_model_name_or_path", "model_id", "model_name", "model"] as const;
/** Remarks that hold such remarks. */
const HOLDER_KEYS = ["provenance", "jlenskit_meta"] as const;

/** How well a lens is known to belong to a model (api.md), and what is odd about the pair. */
export function matchModel(
  stored: StoredLens,
  model: LensModel | null,
): { readonly match: ModelMatch; readonly warnings: readonly string[] } {
  if (model === null) {
    return { match: { match: "none", reason: "no model is loaded yet", unembedHashMatch: "unknown" }, warnings: [] };
  }
  const hash = stored.config?.unembedHash ?? stored.unembedHash;
  const unembedHashMatch = hash === null || model.unembedHash === null ? "unknown" : hash === model.unembedHash;
  const unfit = fitLens(stored.contents, model);
  if (unfit !== null) return { match: { match: "none", reason: unfit, unembedHashMatch }, warnings: [] };
  const odd = fitWarnings(stored.contents, model);
  const names = namesOf(stored);
  const named = names.some((name) => isSameModel(name, model.id));
  if (named && unembedHashMatch !== false) {
    return { match: { match: "exact", reason: "the lens names this model", unembedHashMatch }, warnings: odd };
  }
  if (unembedHashMatch === true) {
    const reason = names[0] === undefined
      ? "its unembed_hash is this model's"
      : `its unembed_hash is this model's, though it names ${shown(names[0])}`;
    return { match: { match: "unembedding", reason, unembedHashMatch }, warnings: odd };
  }
  const reason = unembedHashMatch === false
    ? "d_model and layers fit, but its unembed_hash is another's: made on a model with another unembedding"
    : names[0] === undefined
    ? "d_model and layers fit; nothing says which model the lens was made on"
    : `d_model and layers fit; the lens names ${shown(names[0])}, not ${model.id}`;
  return { match: { match: "shape", reason, unembedHashMatch }, warnings: [...odd, reason] };
}

function namesOf({ config, contents: { provenance } }: StoredLens): string[] {
  const holders = [provenance, ...HOLDER_KEYS.map((key) => objectOf(provenance[key]))];
  const remarks = holders.flatMap((holder) => NAME_KEYS.map((key) => holder[key]));
  return [config?.baseModel, ...remarks].filter((name): name is string => typeof name === "string" && name !== "");
}

/** A remark that is an object, or the JSON text of one, as safetensors metadata has it. */
function objectOf(value: Json | undefined): { readonly [key: string]: Json } {
  if (typeof value === "string") {
    try {
      return objectOf(JSON.parse(value) as Json);
    } catch {
      return {};
    }
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as { readonly [key: string]: Json } : {};
}

/** `org/name` of a hub, in any case; a local folder goes by `name` alone. */
function isSameModel(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => name.toLowerCase().replace(/\/+$/, "")) as [string, string];
  if (one === other) return true;
  const last = (name: string) => name.slice(name.lastIndexOf("/") + 1);
  return (!one.includes("/") || !other.includes("/")) && last(one) === last(other);
}
