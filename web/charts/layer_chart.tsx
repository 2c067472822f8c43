import { useMemo } from "preact/hooks";
import { pinClass } from "../pins/pin_slots.ts";
import { type Axes, ChartFrame, type ChartKind } from "./chart_frame.ts";
import { labelRows } from "./label_rows.ts";
import type { Trace } from "./trace.ts";
import { TraceLine } from "./trace_line.tsx";

const LABEL_HEIGHT = 14;
const LABEL_WIDTH = 118;
const LABEL_LETTERS = 15;

/** How far a chart is looked at, and what is done by that. */
export interface Looking {
  readonly looked: number | null;
  /** The layer that is chosen. */
  readonly chosen: number | null;
  readonly look: (layer: number | null) => void;
  readonly choose: (layer: number) => void;
}

interface Props extends Looking {
  readonly kind: ChartKind;
  readonly axes: Axes;
  readonly traces: readonly Trace[];
  readonly width: number;
  readonly height: number;
  /** A large chart has a dot at every layer, and names where lines end. */
  readonly large: boolean;
  /** All layers have come. */
  readonly whole: boolean;
}

/** Tokens over the layers, drawn in pixels. Pointing at a layer looks at it, a click chooses it. */
export function LayerChart({ kind, axes, traces, width, height, large, whole, ...looking }: Props) {
  const { looked, chosen, look, choose } = looking;
  const margins = { left: 46, right: large ? LABEL_WIDTH : 4, top: 9, bottom: 20 };
  const frame = useMemo(() => new ChartFrame(kind, axes, width, height, margins), [kind, axes, width, height, large]);
  // The same elements are not drawn again: pointing costs a line.
  const drawn = useMemo(
    () => (
      <>
        {frame.ticks().map(({ value, y }) => (
          <g key={value}>
            <line class="rule" x1={margins.left} x2={frame.right} y1={y} y2={y} />
            <text x={margins.left - 6} y={y + 4} text-anchor="end">{value}</text>
          </g>
        ))}
        {frame.layerTicks().map((layer) => (
          <text key={layer} x={frame.x(layer)} y={height - 5} text-anchor="middle">{layer}</text>
        ))}
        <text x={margins.left - 6} y={height - 5} text-anchor="end">{kind === "rank" ? "rank" : "prob."}</text>
        {large && <text x={frame.right + 13} y={height - 5}>layer</text>}
        {traces.map((trace) => <TraceLine key={trace.key} trace={trace} frame={frame} dotted={large} whole={whole} />)}
        {large && namesOf(traces, frame)}
      </>
    ),
    [frame, traces, large, whole],
  );
  const layerOf = (event: MouseEvent & { currentTarget: SVGElement }) => {
    const { left, width: shown } = event.currentTarget.getBoundingClientRect();
    return frame.layerAt((event.clientX - left) * width / shown);
  };

  return (
    <svg
      class={`layer-chart ${kind}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      font-size="11"
      aria-hidden="true"
      onMouseMove={(event) => look(layerOf(event))}
      onMouseLeave={() => look(null)}
      onClick={(event) => {
        const layer = layerOf(event);
        if (layer !== null) choose(layer);
      }}
    >
      {chosen !== null && axes.layers.includes(chosen) && ruleAt(frame, chosen, "chosen")}
      {looked !== null && ruleAt(frame, looked, "looked")}
      {drawn}
    </svg>
  );
}

function ruleAt(frame: ChartFrame, layer: number, name: string) {
  const x = frame.x(layer);
  return <line class={name} x1={x} x2={x} y1={frame.margins.top} y2={frame.bottom} />;
}

/** Names at the right, each beside the end of its line where there is room. */
function namesOf(traces: readonly Trace[], frame: ChartFrame) {
  const ends = traces.flatMap((trace) => {
    const y = trace.points.map((point) => frame.y(point)).findLast((y) => y !== null) ?? null;
    return y === null ? [] : [{ trace, y }];
  });
  const rows = labelRows(ends.map(({ y }) => y), LABEL_HEIGHT, [frame.margins.top, frame.bottom]);
  return ends.map(({ trace: { key, label, slot, points }, y }, at) => (
    <g key={key} class={pinClass(slot)}>
      <line
        stroke="currentColor"
        x1={frame.x(points.at(-1)!.layer) + 4}
        x2={frame.right + 9}
        y1={y}
        y2={rows[at]}
      />
      <text class="name" x={frame.right + 13} y={rows[at]! + 4}>{cut(label)}</text>
    </g>
  ));
}

function cut(label: string): string {
  const letters = [...label];
  return letters.length > LABEL_LETTERS ? `${letters.slice(0, LABEL_LETTERS - 1).join("")}…` : label;
}
