import { type NamedFault, pointer } from "../openapi/refusal.ts";
import { TokenizerError } from "../model/tokenizer.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { idFaults } from "./prompt_ids.ts";

interface TrackedTokens {
  /** Texts first, then ids, in the request's order, without repeats. */
  readonly ids: readonly number[];
  readonly warnings: readonly string[];
  readonly faults: readonly NamedFault[];
}

/** Token ids of the request's `track` and `track_ids`. */
export function trackedTokens(
  texts: readonly string[],
  ids: readonly number[],
  { tokenizer, description }: Pick<LoadedModel, "tokenizer" | "description">,
): TrackedTokens {
  const faults = idFaults(ids, ["track_ids"], description.vocabulary);
  if (texts.length > 0 && "unavailable" in tokenizer) {
    const detail = `text needs a tokenizer, and ${tokenizer.unavailable}: give track_ids`;
    return {
      ids: [],
      warnings: [],
      faults: [...faults, { problem: "no-tokenizer", in: "body", pointer: "/track", detail }],
    };
  }
  const found: number[] = [];
  const warnings: string[] = [];
  texts.forEach((text, at) => {
    const token = find(text, tokenizer as Exclude<typeof tokenizer, { unavailable: string }>);
    if ("refusal" in token) {
      faults.push({ problem: "unknown-token", in: "body", pointer: pointer(["track", at]), detail: token.refusal });
      return;
    }
    found.push(token.id);
    if (token.warning !== undefined) warnings.push(token.warning);
  });
  return { ids: [...new Set([...found, ...ids])], warnings, faults };
}

function find(text: string, tokenizer: Exclude<LoadedModel["tokenizer"], { unavailable: string }>) {
  try {
    return tokenizer.find(text);
  } catch (error) {
    if (error instanceof TokenizerError) return { refusal: error.message };
    throw error;
  }
}
