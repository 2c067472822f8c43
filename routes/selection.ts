import { type NamedFault, pointer } from "../openapi/refusal.ts";
import { type Site, SITES } from "../lens/sites.ts";

/** What a request selects, or what is wrong with it. */
export type Selected = { readonly indices: readonly number[] } | { readonly faults: NamedFault[] };

/** Blocks 0…layers−1, ascending, without repeats; all where none are named. */
export function selectLayers(asked: readonly number[] | undefined, layers: number): Selected {
  if (!asked) return { indices: range(layers) };
  return select(
    asked,
    layers,
    "layers",
    (index) => `layer ${index} is not in this model: layers are ${bounds(layers)}`,
  );
}

/** Positions of a prompt of `tokens` tokens, ascending, without repeats. */
export function selectPositions(asked: "last" | "all" | readonly number[], tokens: number): Selected {
  if (asked === "all") return { indices: range(tokens) };
  if (asked === "last") return { indices: [tokens - 1] };
  return select(
    asked,
    tokens,
    "positions",
    (index) => `position ${index} is not in the prompt of ${tokens} tokens: positions are ${bounds(tokens)}`,
  );
}

/** Sites in the order in which a state passes them, without repeats. */
export function selectSites(asked: readonly Site[]): Site[] {
  return SITES.filter((site) => asked.includes(site));
}

function select(asked: readonly number[], count: number, member: string, refusal: (index: number) => string): Selected {
  const faults = asked.flatMap((index, at): NamedFault[] =>
    index >= -count && index < count
      ? []
      : [{ problem: "out-of-range", in: "body", pointer: pointer([member, at]), detail: refusal(index) }]
  );
  if (faults.length > 0) return { faults };
  return { indices: [...new Set(asked.map((index) => index < 0 ? index + count : index))].sort((a, b) => a - b) };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const bounds = (count: number) => `0 to ${count - 1}, or ${-count} to -1 from the end`;
