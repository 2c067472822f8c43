import type { Cell, OutputCell } from "../state/cell.ts";
import { exactText } from "../text/number_text.ts";
import { TokenCells } from "./token_cells.tsx";

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
            <TokenCells
              token={token}
              title="Follow this token through the layers"
              choose={token.id === null ? null : () => follow(token.id!)}
            />
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
