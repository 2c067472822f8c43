import type { TracePoint } from "./trace.ts";

/** Ranks are drawn by their logarithm, 1 at the top; probabilities from 0 to 1. */
export type ChartKind = "rank" | "prob";

/** What charts share so that they compare. */
export interface Axes {
  /** The first one first. */
  readonly layers: readonly number[];
  /** Powers of ten that ranks span. */
  readonly decades: number;
}

interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const DIGIT = 7;
const TICK_ROOM = 26;
/** Before the first layer and after the last, so that their marks cover no number. */
const INSET = 8;

/** From layers and values to pixels. */
export class ChartFrame {
  constructor(
    readonly kind: ChartKind,
    readonly axes: Axes,
    readonly width: number,
    readonly height: number,
    readonly margins: Margins,
  ) {}

  get right(): number {
    return this.width - this.margins.right;
  }

  get bottom(): number {
    return this.height - this.margins.bottom;
  }

  /** Between two layers. */
  get #step(): number {
    return (this.right - this.margins.left - 2 * INSET) / Math.max(1, this.axes.layers.length - 1);
  }

  x(layer: number): number {
    return this.margins.left + INSET + this.axes.layers.indexOf(layer) * this.#step;
  }

  /** Null where nothing is said. */
  y({ rank, prob }: Pick<TracePoint, "rank" | "prob">): number | null {
    const value = this.kind === "rank" ? rank : prob;
    return value === null ? null : this.#down(value);
  }

  /** Values with a line across, and where it is. */
  ticks(): readonly { readonly value: number; readonly y: number }[] {
    const ranks = Array.from({ length: this.axes.decades + 1 }, (_, at) => 10 ** at);
    const values = this.kind === "rank" ? ranks : [1, 0.75, 0.5, 0.25, 0];
    const room = (this.bottom - this.margins.top) / (values.length - 1);
    const every = room < 16 ? 2 : 1;
    return values.filter((_, at) => at % every === 0).map((value) => ({ value, y: this.#down(value) }));
  }

  /** Layers whose number has room below the chart. */
  layerTicks(): readonly number[] {
    const { layers } = this.axes;
    const room = Math.max(TICK_ROOM, String(layers.at(-1) ?? 0).length * DIGIT + 6);
    const least = Math.max(1, Math.ceil(room / this.#step));
    const every = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50].find((step) => step >= least) ?? least;
    return layers.filter((_, at) => at % every === 0);
  }

  /** The layer nearest to a pixel. */
  layerAt(x: number): number | null {
    const { layers } = this.axes;
    const at = Math.round((x - this.margins.left - INSET) / this.#step);
    return layers[Math.min(layers.length - 1, Math.max(0, at))] ?? null;
  }

  #down(value: number): number {
    const down = this.kind === "rank" ? Math.log10(value) / this.axes.decades : 1 - value;
    return this.margins.top + down * (this.bottom - this.margins.top);
  }
}

/** Axes that hold all points. */
export function axesOf(layers: readonly number[], points: Iterable<TracePoint>): Axes {
  let highest = 10;
  for (const { rank } of points) if (rank !== null && rank > highest) highest = rank;
  return { layers, decades: Math.ceil(Math.log10(highest)) };
}
