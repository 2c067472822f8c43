import { pointAt, type Trace } from "../../charts/trace.ts";
import { Swatch } from "../../pins/swatch.tsx";
import type { Reading } from "../../state/picture.ts";
import { exactText, percentText } from "../../text/number_text.ts";

interface Props {
  readonly reading: Reading;
  readonly layer: number;
  readonly traces: readonly Trace[];
}

/** The values of the layer that is looked at. It stays in sight. */
export function ValuesLine({ reading, layer, traces }: Props) {
  return (
    <p class="values">
      <b>layer {layer}</b>
      <span>{reading.lens} lens of {reading.site}</span>
      {traces.map((trace) => {
        const point = pointAt(trace, layer);
        return (
          <span key={trace.key} title={exactText(point?.prob ?? null)}>
            <Swatch slot={trace.slot} />
            {trace.label} {valueText(trace, layer)}
          </span>
        );
      })}
    </p>
  );
}

/** What the line says, to be read aloud. */
export function valuesText(layer: number, traces: readonly Trace[]): string {
  return [`layer ${layer}`, ...traces.map((trace) => `${trace.label} ${valueText(trace, layer)}`)].join("; ");
}

function valueText(trace: Trace, layer: number): string {
  const point = pointAt(trace, layer);
  if (point === undefined) return "not read";
  if (point.rank === null && point.prob === null) return "below the list";
  const rank = point.rank === null ? "" : `rank ${point.rank}`;
  const prob = point.prob === null ? "" : percentText(point.prob);
  return [rank, prob].filter((text) => text !== "").join(", ");
}
