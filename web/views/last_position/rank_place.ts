/** A cell of a table of ranks. */
export interface RankPlace {
  readonly site: string;
  readonly layer: number;
  /** From 1. */
  readonly rank: number;
}

/** Id of the element that shows it. */
export function rankPlaceId({ site, layer, rank }: RankPlace): string {
  return `rank-${site}-${layer}-${rank}`;
}

/**
 * The cell that a key leads to (WAI-ARIA, grid pattern); null for keys that move nothing.
 *
 * @param layers as shown, from the top down
 * @param ranks how many columns there are
 */
export function movedRank(
  { key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">,
  from: Omit<RankPlace, "site"> | null,
  layers: readonly number[],
  ranks: number,
): Omit<RankPlace, "site"> | null {
  const step = STEPS[key];
  if (step === undefined || layers.length === 0 || ranks === 0) return null;
  if (from === null || !layers.includes(from.layer)) return { layer: layers[0]!, rank: 1 };
  const [right, down] = step(ctrlKey);
  const row = Math.min(layers.length - 1, Math.max(0, layers.indexOf(from.layer) + down));
  return { layer: layers[row]!, rank: Math.min(ranks, Math.max(1, from.rank + right)) };
}

const STEPS: Readonly<Record<string, (ctrl: boolean) => readonly [number, number]>> = {
  ArrowLeft: () => [-1, 0],
  ArrowRight: () => [1, 0],
  ArrowUp: () => [0, -1],
  ArrowDown: () => [0, 1],
  Home: (ctrl) => [-Infinity, ctrl ? -Infinity : 0],
  End: (ctrl) => [Infinity, ctrl ? Infinity : 0],
};
