import type { PromptSet } from "./prompt_set.ts";

/** Of the session's storage, which ends with the tab: prompts are sent nowhere but as prompts. */
const KEY = "midstream-prompt-sets";

/** Sets of this tab, and which is in use. */
export interface KeptSets {
  readonly sets: readonly PromptSet[];
  readonly chosen: string | null;
}

type KeptIn = Pick<Storage, "getItem" | "setItem">;

/**
 * What was kept; nothing where that is not what this page writes.
 * @param storage throws where the browser refuses it
 */
export function keptSets(storage: () => KeptIn): KeptSets {
  try {
    const kept: unknown = JSON.parse(storage().getItem(KEY) ?? "null");
    if (isKept(kept)) return kept;
  } catch {
    // Somebody else wrote there, or the browser keeps nothing for this page.
  }
  return { sets: [], chosen: null };
}

/** @returns whether there was room */
export function keepSets(storage: () => KeptIn, kept: KeptSets): boolean {
  try {
    storage().setItem(KEY, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

/** With a set more, in the place of one with the same name, and in use. */
export function withSet({ sets }: KeptSets, set: PromptSet): KeptSets {
  return { sets: [...sets.filter(({ name }) => name !== set.name), set], chosen: set.name };
}

function isKept(value: unknown): value is KeptSets {
  if (typeof value !== "object" || value === null) return false;
  const { sets, chosen } = value as Partial<Record<keyof KeptSets, unknown>>;
  return (chosen === null || typeof chosen === "string") && Array.isArray(sets) && sets.every(isSet);
}

function isSet(value: unknown): value is PromptSet {
  if (typeof value !== "object" || value === null) return false;
  const { name, prompts } = value as Partial<Record<keyof PromptSet, unknown>>;
  const areTexts = Array.isArray(prompts) && prompts.length > 0 &&
    prompts.every((prompt) => typeof prompt === "string");
  return typeof name === "string" && areTexts;
}
