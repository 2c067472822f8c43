/** More changes than this make another word, not a slip. */
const MAX_CHANGES = 3;

/** The candidate that the fewest letters put in, taken out or replaced make of `word`, if those are few. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, changes: editDistance(word, candidate) }))
    .toSorted((a, b) => a.changes - b.changes);
  const [best] = ranked;
  return best !== undefined && best.changes <= MAX_CHANGES ? best.candidate : undefined;
}

/** Levenshtein distance by rows. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? 0;
}
