import type { OutputCell } from "../../state/cell.ts";
import { exactText, percentText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";

interface Props {
  readonly cell: OutputCell;
  /** Adds a token's text to the prompt; null where there is nobody to ask. */
  readonly goOn: ((text: string) => void) | null;
}

/** The model's likeliest next tokens. */
export function NextTokens({ cell, goOn }: Props) {
  return (
    <table class="top-tokens next">
      <thead>
        <tr>
          <th scope="col">token</th>
          <th scope="col">probability</th>
        </tr>
      </thead>
      <tbody>
        {cell.top.map((token, at) => (
          <tr key={token.id ?? at}>
            <th scope="row">
              <button
                type="button"
                class="token"
                title="Go on with this token"
                disabled={goOn === null || token.text === ""}
                onClick={() => goOn?.(token.text)}
              >
                <code>{tokenLabel(token)}</code>
              </button>
            </th>
            <td class="bar" title={exactText(token.prob)}>
              <span class="amount" style={{ width: `${(token.prob ?? 0) * 100}%` }} />
              <span class="number">{percentText(token.prob)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
