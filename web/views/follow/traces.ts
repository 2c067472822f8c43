import type { Trace, TracePoint } from "../../charts/trace.ts";
import type { Cell, ShownToken } from "../../state/cell.ts";
import { tokenKey } from "./token_key.ts";

/** A token that is followed. */
export interface Followed {
  readonly key: string;
  readonly token: ShownToken;
  readonly label: string;
  /** Of pins/pin_slots.ts. */
  readonly slot: number;
}

/**
 * Tokens through the cells of one lens at one site. What the service was not asked, or a file does not say, is taken from
 * the lists of likeliest tokens, as far as they reach.
 *
 * @param cells of one position, the first layer first
 */
export function tracesOf(cells: readonly Cell[], followed: readonly Followed[]): readonly Trace[] {
  return followed.map(({ key, label, slot }) => ({
    key,
    label,
    slot,
    points: cells.map((cell) => pointOf(cell, key)),
  }));
}

function pointOf({ layer, tracked, top }: Cell, key: string): TracePoint {
  const followed = tracked.find((token) => tokenKey(token) === key);
  const at = top.findIndex((token) => tokenKey(token) === key);
  const listed = top[at];
  return {
    layer,
    rank: followed?.rank ?? listed?.rank ?? (listed === undefined ? null : at + 1),
    prob: followed?.prob ?? listed?.prob ?? null,
  };
}
