import type { Statistic } from "../../clients/typescript/midstream.ts";
import { type ColouringName, statisticOf } from "../colours/colouring.ts";

/** What is said of every cell, whatever its colour. */
const ALWAYS: readonly Statistic[] = ["entropy", "kl_output_lens", "output_rank"];

/** What is asked of every cell to colour it and to tell of it; each once. */
export function cellStatistics(colour: ColouringName, more: readonly Statistic[] = []): Statistic[] {
  const own = statisticOf(colour);
  return [...new Set([...ALWAYS, ...more, ...own === null ? [] : [own]])];
}
