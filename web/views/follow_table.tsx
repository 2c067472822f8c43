import type { RankedToken } from "../state/cell.ts";
import { percentText } from "../text/number_text.ts";
import { tokenLabel } from "../text/token_label.ts";

interface Props {
  readonly layers: readonly number[];
  readonly tracked: readonly { readonly id: number; readonly through: readonly RankedToken[] }[];
}

/** The numbers of the charts: pointing at one shows all of its digits. */
export function FollowTable({ layers, tracked }: Props) {
  return (
    <table class="followed">
      <thead>
        <tr>
          <th scope="col">layer</th>
          {tracked.map(({ id, through: [token] }) => (
            <th scope="col" key={id}>{tokenLabel(token!)} rank, probability</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {layers.map((layer, at) => (
          <tr key={layer}>
            <th scope="row">{layer}</th>
            {tracked.map(({ id, through }) => (
              <td key={id} title={String(through[at]!.prob)}>{through[at]!.rank}, {percentText(through[at]!.prob)}</td>
            ))}
          </tr>
        )).toReversed()}
      </tbody>
    </table>
  );
}
