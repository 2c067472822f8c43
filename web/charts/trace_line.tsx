import { pinClass } from "../pins/pin_slots.ts";
import type { ChartFrame } from "./chart_frame.ts";
import { topOne } from "./top_one.ts";
import { pointAt, type Trace } from "./trace.ts";

interface Props {
  readonly trace: Trace;
  readonly frame: ChartFrame;
  /** A dot at every layer. */
  readonly dotted: boolean;
  /** All layers have come: what stays to the end is known. */
  readonly whole: boolean;
}

/** A token's line, broken where nothing is said; a ring where it becomes the likeliest, a diamond where it stays so. */
export function TraceLine({ trace, frame, dotted, whole }: Props) {
  const { slot, label, points } = trace;
  const places = points.map((point) => ({ x: frame.x(point.layer), y: frame.y(point) }));
  const said = places.filter((place): place is Place => place.y !== null);
  const { becomes, stays } = topOne(points);
  const placeOf = (layer: number | null) => {
    const point = layer === null ? undefined : pointAt(trace, layer);
    const y = point === undefined ? null : frame.y(point);
    return y === null ? null : { x: frame.x(layer!), y };
  };
  const ring = placeOf(becomes), diamond = whole ? placeOf(stays) : null;

  return (
    <g class={pinClass(slot)} stroke="currentColor" fill="currentColor" data-token={label}>
      {runsOf(places).map((run, at) => (
        <polyline
          key={at}
          fill="none"
          stroke-width="2"
          points={run.map(({ x, y }) => `${x},${y}`).join(" ")}
        />
      ))}
      {dotted && said.map(({ x, y }, at) => <circle key={at} cx={x} cy={y} r="2" stroke="none" />)}
      {!dotted && said.length === 1 && <circle cx={said[0]!.x} cy={said[0]!.y} r="2" stroke="none" />}
      {ring !== null && (
        <circle class="becomes" cx={ring.x} cy={ring.y} r={dotted ? 6 : 4.5} fill="none" stroke-width="1.5">
          <title>{`${label} is the likeliest at layer ${becomes} for the first time`}</title>
        </circle>
      )}
      {diamond !== null && (
        <path class="stays" stroke="none" d={diamondAt(diamond, dotted ? 5 : 4)}>
          <title>{`${label} is the likeliest from layer ${stays} to the end`}</title>
        </path>
      )}
    </g>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Neighbours that are all said. */
function runsOf(places: readonly { readonly x: number; readonly y: number | null }[]): Place[][] {
  const runs: Place[][] = [];
  let isOpen = false;
  for (const { x, y } of places) {
    if (y === null) isOpen = false;
    else if (isOpen) runs.at(-1)!.push({ x, y });
    else {
      runs.push([{ x, y }]);
      isOpen = true;
    }
  }
  return runs.filter((run) => run.length > 1);
}

function diamondAt({ x, y }: Place, size: number): string {
  return `M${x} ${y - size}L${x + size} ${y}L${x} ${y + size}L${x - size} ${y}Z`;
}
