import type { Reading } from "../../state/picture.ts";
import type { RankedToken } from "../../state/cell.ts";
import { exactText, percentText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";
import type { RankPlace } from "./rank_place.ts";

interface Props {
  /** Null: nothing is looked at. */
  readonly place: RankPlace | null;
  readonly token: RankedToken | undefined;
  readonly reading: Reading;
}

/** All that is known of the token that is looked at. */
export function TokenLine({ place, token, reading }: Props) {
  return (
    <p class="values of-token">
      {place === null || token === undefined
        ? <span class="hint">Point at a token, or move to one with the arrow keys. A click or Enter pins it.</span>
        : (
          <>
            <b>layer {place.layer}, rank {place.rank}</b>
            <span>{reading.lens} lens of {place.site}</span>
            <code>{tokenLabel(token)}</code>
            <span>{percentText(token.prob)} ({exactText(token.prob)})</span>
            <span>
              id {token.id ?? "not said"}, piece <code>{token.piece}</code>
            </span>
          </>
        )}
    </p>
  );
}
