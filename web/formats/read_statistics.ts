import type { Statistic, Statistics } from "../../clients/typescript/midstream.ts";
import type { Found } from "./found.ts";

/** What a statistic's value is; `perhaps`: null where a cell has none. */
const KINDS = {
  entropy: "number",
  kl_output_lens: "number",
  kl_lens_output: "number",
  jsd: "number",
  jeffreys_half: "number",
  tv: "number",
  linf_prob: "number",
  cross_entropy: "number perhaps",
  next_rank: "number perhaps",
  output_rank: "number",
  output_surprisal: "number",
  agrees: "flag",
  kl_lens_against: "number perhaps",
  kl_against_lens: "number perhaps",
  jsd_against: "number perhaps",
  jeffreys_half_against: "number perhaps",
  tv_against: "number perhaps",
  linf_prob_against: "number perhaps",
  agrees_against: "flag perhaps",
} as const satisfies Record<Statistic, string>;

/** The statistics of a cell, in the order of the file; those that a newer service says and this page does not know stay out. */
export function readStatistics(cell: Found): Statistics {
  const statistics: Record<string, number | boolean | null> = {};
  for (const name of Object.keys(cell.value as object)) {
    if (!Object.hasOwn(KINDS, name)) continue;
    const found = cell.member(name);
    const kind = KINDS[name as Statistic];
    if (kind.endsWith("perhaps") && found.value === null) statistics[name] = null;
    else statistics[name] = kind.startsWith("flag") ? found.flag() : found.number();
  }
  return statistics as Statistics;
}
