import { pointAt, type Trace } from "../../charts/trace.ts";
import { exactText, percentText } from "../../text/number_text.ts";

interface Props {
  readonly title: string;
  /** The first one first. */
  readonly layers: readonly number[];
  readonly traces: readonly Trace[];
  readonly chosen: number | null;
}

/** The numbers of the large charts: pointing at one shows all of its digits. */
export function TraceTable({ title, layers, traces, chosen }: Props) {
  return (
    <table class="followed numbers">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">layer</th>
          {traces.map(({ key, label }) => <th scope="col" key={key}>{label}</th>)}
        </tr>
      </thead>
      <tbody>
        {layers.map((layer) => (
          <tr key={layer} class={layer === chosen ? "chosen" : undefined}>
            <th scope="row">{layer}</th>
            {traces.map((trace) => {
              const { rank, prob } = pointAt(trace, layer) ?? { rank: null, prob: null };
              const isUnsaid = rank === null && prob === null;
              return (
                <td key={trace.key} title={exactText(prob)}>
                  {isUnsaid ? "" : `${rank ?? "?"}, ${percentText(prob)}`}
                </td>
              );
            })}
          </tr>
        )).toReversed()}
      </tbody>
    </table>
  );
}
