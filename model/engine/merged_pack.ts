import type { Pack } from "./pack.ts";

/** Packs of which nothing is known, one after the other as one sequence; tokens of different ones do not see each other, and share no beginning. */
export function mergedPack(packs: readonly Pack[]): Pack {
  if (packs.length === 1) return packs[0]!;
  const starts = startsOf(packs);
  return {
    ids: Int32Array.from(packs.flatMap(({ ids }) => [...ids])),
    positions: Int32Array.from(packs.flatMap(({ positions }) => [...positions])),
    parents: Int32Array.from(
      packs.flatMap(({ parents }, i) => [...parents].map((parent) => parent < 0 ? parent : parent + starts[i]!)),
    ),
    paths: packs.flatMap(({ paths }, i) => paths.map((path) => path.map((token) => token + starts[i]!))),
    chain: false,
    known: 0,
    knownRanges: [],
  };
}

/** The first token of each pack in their merged one. */
export function startsOf(packs: readonly Pack[]): number[] {
  let next = 0;
  return packs.map(({ ids }) => (next += ids.length) - ids.length);
}

/** The first tokens of a pack of which nothing is known: later ones change nothing for them. */
export function beginning({ ids, positions, parents, paths, chain }: Pack, tokens: number): Pack {
  return {
    ids: ids.subarray(0, tokens),
    positions: positions.subarray(0, tokens),
    parents: parents.subarray(0, tokens),
    paths: paths.map((path) => path.filter((token) => token < tokens)),
    chain,
    known: 0,
    knownRanges: [],
  };
}
