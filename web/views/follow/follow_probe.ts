import type { LensInfo, ProbeOptions } from "../../../clients/typescript/midstream.ts";
import { type Question, SITES } from "../../state/question.ts";

/** Lenses that are followed at once: a page of small charts, not a service's whole collection. */
export const MOST_LENSES = 6;

/** One position, all sites, and the lists only as long as suggestions need. */
export function followProbe(question: Question, lenses: readonly LensInfo[]): ProbeOptions {
  const { cell, pins } = question;
  return {
    lenses: lensesOf(question, lenses),
    sites: [...SITES],
    positions: cell === null ? "last" : [cell.position],
    top_k: 5,
    statistics: [],
    track_ids: [...pins],
  };
}

/** The lenses that are followed: the chosen one is among them. */
function lensesOf({ lens, all }: Question, lenses: readonly LensInfo[]): string[] {
  if (!all) return [lens];
  const ids = lenses.map(({ id }) => id).slice(0, MOST_LENSES);
  return ids.includes(lens) ? ids : [...ids.slice(0, MOST_LENSES - 1), lens];
}
