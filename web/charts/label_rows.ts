/**
 * Moves labels apart so that none covers another, each as near to its own height as the others let it.
 *
 * @param heights where each label would be, in pixels
 * @param gap between two of them at least
 * @returns where each label is, in the same order
 */
export function labelRows(heights: readonly number[], gap: number, [low, high]: readonly [number, number]): number[] {
  const order = heights.map((_, at) => at).sort((a, b) => heights[a]! - heights[b]!);
  const rows: number[] = [];
  let least = low;
  for (const at of order) {
    rows[at] = Math.max(heights[at]!, least);
    least = rows[at] + gap;
  }
  let most = high;
  for (const at of order.toReversed()) {
    rows[at] = Math.min(rows[at]!, most);
    most = rows[at] - gap;
  }
  return rows;
}
