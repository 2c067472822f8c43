import { pinName } from "../../pins/pin_name.ts";
import { pinSlots } from "../../pins/pin_slots.ts";
import type { Cell, ShownToken } from "../../state/cell.ts";
import { MOST_PINS } from "../../state/question.ts";
import { suggestionsOf } from "./suggestions.ts";
import { tokenKey } from "./token_key.ts";
import type { Followed } from "./traces.ts";

/** Tokens that are followed where none is chosen. */
const MOST_SUGGESTED = 4;

/** The tokens that somebody chose, in their colours. What is unknown of one is its id. */
export function chosenTokens(pins: readonly number[], known: ReadonlyMap<number, ShownToken>): readonly Followed[] {
  const slots = pinSlots(pins);
  const tokens = pins.map((id) => known.get(id) ?? { id, piece: "", text: "" });
  return tokens.map((token) => ({
    key: tokenKey(token),
    token,
    label: pinName(token, tokens),
    slot: slots.get(token.id!)!,
  }));
}

/** Where nobody chose: those that a file follows, or else the best of those that are the likeliest in some layer. */
export function suggestedTokens(cells: readonly Cell[]): readonly Followed[] {
  const tracked = new Map(cells.flatMap((cell) => cell.tracked).map((token) => [tokenKey(token), token]));
  const leading = suggestionsOf(cells).filter(({ rank }) => rank === 1).map(({ token }) => token);
  const tokens = tracked.size > 0 ? [...tracked.values()].slice(0, MOST_PINS) : leading.slice(0, MOST_SUGGESTED);
  const slots = pinSlots(tokens.map((token, at) => slotSeed(token, at)));
  return tokens.map((token, at) => ({
    key: tokenKey(token),
    token,
    label: pinName(token, tokens),
    slot: slots.get(slotSeed(token, at))!,
  }));
}

/** Without an id a colour follows from the place. */
function slotSeed({ id }: ShownToken, at: number): number {
  return id ?? at;
}
