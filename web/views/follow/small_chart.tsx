import type { Axes } from "../../charts/chart_frame.ts";
import { LayerChart, type Looking } from "../../charts/layer_chart.tsx";
import type { Trace } from "../../charts/trace.ts";
import type { Reading } from "../../state/picture.ts";

const HEIGHT = 104;

interface Props extends Looking {
  readonly reading: Reading;
  readonly traces: readonly Trace[];
  readonly axes: Axes;
  readonly width: number;
  readonly whole: boolean;
  /** It is shown large. */
  readonly isChosen: boolean;
  /** Shows it large; null where a link cannot name it. */
  readonly enlarge: (() => void) | null;
}

/** One lens at one site: rank above probability. */
export function SmallChart(
  { reading: { lens, site }, traces, axes, width, whole, isChosen, enlarge, ...looking }: Props,
) {
  const isEmpty = traces.every(({ points }) => points.length === 0);
  const parts = { axes, traces, width, whole, ...looking, height: HEIGHT, large: false };
  return (
    <figure class="small">
      <figcaption>
        <button
          type="button"
          aria-pressed={isChosen}
          title="Show it large"
          disabled={enlarge === null || isEmpty}
          onClick={() => enlarge?.()}
        >
          {lens} · {site}
        </button>
      </figcaption>
      {isEmpty && whole ? <p class="hint">This lens does not read here.</p> : (
        <>
          <LayerChart {...parts} kind="rank" />
          <LayerChart {...parts} kind="prob" />
        </>
      )}
    </figure>
  );
}
