import type { RankedToken } from "../state/cell.ts";
import { exactText, percentText } from "../text/number_text.ts";
import { tokenLabel } from "../text/token_label.ts";

interface Props {
  readonly token: RankedToken;
  /** What a click on the token does. */
  readonly title: string;
  /** Null where there is nothing to do. */
  readonly choose: (() => void) | null;
}

/** The first cells of a likely token's row: the token, which can be clicked, and its probability with a bar. */
export function TokenCells({ token, title, choose }: Props) {
  return (
    <>
      <th scope="row">
        <button type="button" class="token" title={title} disabled={choose === null} onClick={() => choose?.()}>
          <code>{tokenLabel(token)}</code>
        </button>
      </th>
      <td class="bar" title={exactText(token.prob)}>
        <span class="amount" style={{ width: `${(token.prob ?? 0) * 100}%` }} />
        <span class="number">{percentText(token.prob)}</span>
      </td>
    </>
  );
}
