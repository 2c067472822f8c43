/** What a lens says of a token at one layer; null: not said. */
export interface TracePoint {
  readonly layer: number;
  /** Over the whole vocabulary, from 1. */
  readonly rank: number | null;
  readonly prob: number | null;
}

/** A token through the layers, the first one first. */
export interface Trace {
  /** Tells tokens apart. */
  readonly key: string;
  readonly label: string;
  /** Of pins/pin_slots.ts. */
  readonly slot: number;
  readonly points: readonly TracePoint[];
}

/** The point of a layer. */
export function pointAt({ points }: Trace, layer: number): TracePoint | undefined {
  return points.find((point) => point.layer === layer);
}
