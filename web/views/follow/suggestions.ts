import type { Cell, RankedToken } from "../../state/cell.ts";
import { tokenKey } from "./token_key.ts";

/** A token worth following. */
export interface Suggestion {
  readonly token: RankedToken;
  /** Over all layers, from 1. */
  readonly rank: number;
  /** The highest of all layers; null: not said. */
  readonly prob: number | null;
}

/** Tokens of the lists of all layers, by their best rank in any, then by their highest probability. */
export function suggestionsOf(cells: readonly Cell[]): readonly Suggestion[] {
  const best = new Map<string, Suggestion>();
  for (const { top } of cells) {
    for (const [at, token] of top.entries()) {
      const key = tokenKey(token), before = best.get(key);
      best.set(key, {
        token: before?.token ?? token,
        rank: Math.min(before?.rank ?? Infinity, token.rank ?? at + 1),
        prob: highest(before?.prob ?? null, token.prob),
      });
    }
  }
  return [...best.values()].sort((a, b) => a.rank - b.rank || (b.prob ?? -1) - (a.prob ?? -1));
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
