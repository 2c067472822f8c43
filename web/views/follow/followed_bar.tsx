import { Swatch } from "../../pins/swatch.tsx";
import { PinList } from "../../pins/pin_list.tsx";
import { toggledPin } from "../../pins/toggled_pin.ts";
import { TokenSearch } from "../../pins/token_search.tsx";
import type { ShownToken } from "../../state/cell.ts";
import { MOST_PINS } from "../../state/question.ts";
import { percentText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";
import type { Shown } from "../view.ts";
import type { Suggestion } from "./suggestions.ts";
import { tokenKey } from "./token_key.ts";
import type { Followed } from "./traces.ts";

/** Offered at once. */
const MOST_OFFERED = 12;

interface Props extends Pick<Shown, "question" | "change" | "service"> {
  readonly followed: readonly Followed[];
  readonly suggestions: readonly Suggestion[];
  /** A token that was found. */
  readonly meet: (token: ShownToken) => void;
}

/** Which tokens are followed, and how others come to be. */
export function FollowedBar({ question: { pins }, change, service, followed, suggestions, meet }: Props) {
  const isFull = pins.length >= MOST_PINS;
  const pin = (id: number) => change({ pins: toggledPin(pins, id) });
  const choosable = followed.flatMap(({ token: { id } }) => id === null ? [] : [id]);
  const offered = suggestions.filter(({ token: { id } }) => id === null || !pins.includes(id)).slice(0, MOST_OFFERED);
  const slots = new Map(pins.length > 0 ? [] : followed.map(({ key, slot }) => [key, slot]));

  return (
    <div class="followed-bar">
      {pins.length > 0 ? <PinList pins={followed} remove={pin} /> : (
        <p class="pins">
          <span class="hint">
            {followed.length === 0
              ? "No token is chosen yet."
              : "No token is chosen: those suggested are shown, dashed."}
          </span>
          {choosable.length > 0 && (
            <span class="buttons">
              <button type="button" onClick={() => change({ pins: choosable })}>Choose these</button>
            </span>
          )}
        </p>
      )}
      {isFull && (
        <p role="status" class="hint">
          {MOST_PINS} tokens are followed, as many as can be told apart. Let one go to follow another.
        </p>
      )}
      {!isFull && service !== null && (
        <TokenSearch
          service={service}
          pins={pins}
          pin={(token) => {
            meet(token);
            pin(token.id);
          }}
        />
      )}
      {!isFull && offered.length > 0 && (
        <div class="pins" role="group" aria-label="Suggested tokens">
          <span title="Tokens of the lists of all layers, by their best rank, then by their probability">
            Suggested:
          </span>
          {offered.map(({ token, rank, prob }) => {
            const slot = slots.get(tokenKey(token));
            return (
              <button
                key={tokenKey(token)}
                type="button"
                class={slot === undefined ? "suggested" : "suggested shown"}
                disabled={token.id === null}
                title={token.id === null
                  ? "The file does not say its id"
                  : `id ${token.id}, piece ${token.piece}: rank ${rank} at best, ${percentText(prob)} at most`}
                onClick={() => pin(token.id!)}
              >
                {slot !== undefined && <Swatch slot={slot} />}
                {tokenLabel(token)}
              </button>
            );
          })}
        </div>
      )}
    </div>
  );
}
