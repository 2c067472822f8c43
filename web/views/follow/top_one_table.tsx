import { topOne, topOneText } from "../../charts/top_one.ts";
import type { Trace } from "../../charts/trace.ts";
import { Swatch } from "../../pins/swatch.tsx";
import type { Reading } from "../../state/picture.ts";

interface Props {
  readonly rows: readonly { readonly reading: Reading; readonly traces: readonly Trace[] }[];
  /** The tokens, in the order of the columns. */
  readonly columns: readonly { readonly key: string; readonly label: string; readonly slot: number }[];
  /** All layers have come. */
  readonly whole: boolean;
}

/** Where each token becomes and stays the likeliest, in words. */
export function TopOneTable({ rows, columns, whole }: Props) {
  return (
    <table class="followed leads">
      <caption>Layers where each is the likeliest</caption>
      <thead>
        <tr>
          <th scope="col">lens</th>
          <th scope="col">site</th>
          {columns.map(({ key, label, slot }) => (
            <th scope="col" key={key}>
              <Swatch slot={slot} />
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ reading: { lens, site }, traces }) => (
          <tr key={`${lens} ${site}`}>
            <th scope="row">{lens}</th>
            <th scope="row">{site}</th>
            {traces.map(({ key, points }) => <td key={key}>{whole ? topOneText(topOne(points)) : "…"}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
