import assert from "node:assert/strict";
import { STATISTICS } from "../../lens/statistics.ts";
import type { Readout } from "./answers.ts";
import type { Scored, Worst } from "./worst.ts";

/** Absolute, on log-probabilities and statistics (numerics.md). */
export const TOLERANCE = 2e-4;

/** Statistics that speak of one lens: the references have no others by these names. */
export const OF_ONE_LENS = STATISTICS.filter(({ needsAgainst }) => !needsAgainst).map(({ name }) => name);

/** A cell of golden/lenses/expected. */
export interface GoldenCell {
  readonly site: string;
  readonly layer: number;
  readonly position: number;
  readonly top_ids: readonly number[];
  readonly top_logprobs: readonly number[];
  readonly tracked_rank: number;
  readonly tracked_logprob: number;
  readonly [statistic: string]: unknown;
}

/** A file of golden/lenses/expected. */
export interface GoldenLens {
  readonly files: readonly string[];
  readonly input_ids: readonly number[];
  readonly tracked_token_id: number;
  readonly output: readonly GoldenCell[];
  readonly cells: readonly GoldenCell[];
}

/** Ids and ranks exactly, log-probabilities and every statistic within the tolerance. */
export function compareGoldenCell(found: Readout, reference: GoldenCell, where: string, worst: Worst): void {
  assert.deepEqual(found.top.map(({ id }) => id), reference.top_ids, where);
  worst.compareTop(found.top, scored(reference.top_ids, reference.top_logprobs), TOLERANCE, where);
  assert.equal(found.tracked[0]!.rank, reference.tracked_rank, where);
  worst.compare("tracked", found.tracked[0]!.logprob, reference.tracked_logprob, TOLERANCE, where);
  compareStatistics(found, reference, where, worst);
}

/** Ranks and agreement exactly, the rest within the tolerance; a statistic the reference lacks is not compared. */
export function compareStatistics(
  found: Readout,
  reference: Record<string, unknown>,
  where: string,
  worst: Worst,
): void {
  for (const { name } of STATISTICS) {
    const expected = reference[name];
    if (expected === undefined) continue;
    if (typeof expected === "boolean" || name.endsWith("rank")) {
      assert.equal(found[name], expected, `${name}, ${where}`);
    } else worst.compare(name, found[name] as number | null, expected as number | null, TOLERANCE, where);
  }
}

export function scored(ids: readonly number[], logprobs: readonly number[]): Scored[] {
  return ids.map((id, at) => ({ id, logprob: logprobs[at]! }));
}
