import { TokenCells } from "../../grid/token_cells.tsx";
import type { OutputCell } from "../../state/cell.ts";

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
            <TokenCells
              token={token}
              title="Go on with this token"
              choose={goOn === null || token.text === "" ? null : () => goOn(token.text)}
            />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
