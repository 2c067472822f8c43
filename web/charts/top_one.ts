import type { TracePoint } from "./trace.ts";

/** Where a token leads. */
export interface TopOne {
  /** The first layer where it is the likeliest; null: nowhere. */
  readonly becomes: number | null;
  /** The first layer from which it is the likeliest to the end; null: it is not at the end. */
  readonly stays: number | null;
}

/** @param points the first layer first, to the last one that the lens reads */
export function topOne(points: readonly TracePoint[]): TopOne {
  const becomes = points.find(({ rank }) => rank === 1)?.layer ?? null;
  const stays = points[points.findLastIndex(({ rank }) => rank !== 1) + 1]?.layer ?? null;
  return { becomes, stays };
}

/** The same in words. */
export function topOneText({ becomes, stays }: TopOne): string {
  if (becomes === null) return "never";
  if (stays === null) return `at ${becomes}, not at the end`;
  return becomes === stays ? `from ${stays} on` : `first at ${becomes}, from ${stays} on`;
}
