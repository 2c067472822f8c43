import type { Cell, OutputCell } from "../state/cell.ts";
import { exactText, percentText } from "../text/number_text.ts";
import { tokenLabel } from "../text/token_label.ts";

interface Props {
  readonly cell: Cell | OutputCell;
  /** Follows a token through the layers. */
  readonly follow: (id: number) => void;
}

/** The likeliest tokens of a cell. Numbers have three digits; pointing at one shows all of it. */
export function TopTokens({ cell, follow }: Props) {
  return (
    <table class="top-tokens">
      <thead>
        <tr>
          <th scope="col">token</th>
          <th scope="col">probability</th>
          <th scope="col">logprob</th>
          <th scope="col">id</th>
          <th scope="col">piece</th>
        </tr>
      </thead>
      <tbody>
        {cell.top.map((token, at) => (
          <tr key={token.id ?? at}>
            <th scope="row">
              <button
                type="button"
                class="token"
                title="Follow this token through the layers"
                disabled={token.id === null}
                onClick={() => follow(token.id!)}
              >
                <code>{tokenLabel(token)}</code>
              </button>
            </th>
            <td class="bar" title={exactText(token.prob)}>
              <span class="amount" style={{ width: `${(token.prob ?? 0) * 100}%` }} />
              <span class="number">{percentText(token.prob)}</span>
            </td>
            <td title={exactText(token.logprob)}>{token.logprob?.toFixed(2) ?? ""}</td>
            <td>{token.id}</td>
            <td>
              <code>{token.piece}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
