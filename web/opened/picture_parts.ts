import { type Colouring, colouringsOf } from "../colours/colouring.ts";
import type { Picture } from "../state/picture.ts";
import { type Question, SITES } from "../state/question.ts";
import type { StatisticInfo } from "../state/service.ts";

/** What can be chosen in a picture that is all there is. */
export interface PictureParts {
  readonly lenses: readonly string[];
  /** The service's, as it orders them; then what other tools call their places. */
  readonly sites: readonly string[];
  readonly colourings: readonly Colouring[];
}

/** @param statistics that are known by their units */
export function partsOf(picture: Picture, statistics: readonly StatisticInfo[]): PictureParts {
  const lenses = new Set<string>(), sites = new Set<string>(), names = new Set<string>(["prob"]);
  for (const cell of picture.cells()) {
    lenses.add(cell.lens);
    sites.add(cell.site);
    for (const name in cell) names.add(name);
    if (!names.has("margin") && cell.top.length > 1 && cell.top[1]!.logprob !== null) names.add("margin");
  }
  const known: readonly string[] = SITES;
  return {
    lenses: [...lenses],
    sites: [...known.filter((site) => sites.has(site)), ...[...sites].filter((site) => !known.includes(site))],
    colourings: colouringsOf(statistics.filter(({ name }) => names.has(name))).filter(({ name }) => names.has(name)),
  };
}

/** The question as this picture can answer it: what it has not is what it has. */
export function questionWithin(question: Question, picture: Picture, parts: PictureParts): Question {
  const { lenses, sites, colourings } = parts;
  const { cell } = question;
  const lens = lenses.includes(question.lens) ? question.lens : lenses[0] ?? question.lens;
  const against = lenses.includes(question.against) ? question.against : lenses.find((id) => id !== lens);
  const site = sites.includes(question.site) ? question.site : sites.at(-1);
  const isThere = cell !== null && cell.position < picture.tokens.length &&
    (cell.layer === "output" || picture.layers.includes(cell.layer));
  return {
    ...question,
    chat: false,
    lens,
    against: against ?? question.against,
    // Views only compare it; another tool's place is none of the service's sites.
    site: (site ?? question.site) as Question["site"],
    colour: colourings.some(({ name }) => name === question.colour) ? question.colour : "prob",
    cell: isThere ? cell : null,
  };
}
