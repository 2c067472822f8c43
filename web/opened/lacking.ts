import type { LensInfo } from "../../clients/typescript/midstream.ts";
import type { Cell } from "../state/cell.ts";
import type { Picture } from "../state/picture.ts";
import type { Question } from "../state/question.ts";
import type { View } from "../views/view.ts";
import type { PictureParts } from "./picture_parts.ts";

/** Why a view has nothing to show of a picture, in words; null where it has something. What it would ask for says what it needs. */
export function lacking(view: View, question: Question, picture: Picture, parts: PictureParts): string | null {
  const lensInfos = parts.lenses.map((id) => ({ id }) as LensInfo);
  const asked = view.probe(question, lensInfos);
  const { lenses = [question.lens], positions = "last" } = asked;
  const sites: readonly string[] = view.anySite === true ? parts.sites : asked.sites ?? [question.site];
  const last = picture.tokens.length - 1;
  const wanted = positions === "all" ? null : positions === "last" ? [last] : positions;
  const isWanted = ({ position, lens, site }: Cell) =>
    (wanted === null || wanted.includes(position)) && lenses.includes(lens) &&
    sites.includes(site);
  const missing = new Set(lenses), unsaid = new Set<string>(view.needs);
  for (const cell of picture.cells()) {
    if (!isWanted(cell)) continue;
    missing.delete(cell.lens);
    for (const name of unsaid) if (name in cell) unsaid.delete(name);
  }
  if (missing.size === 0 && unsaid.size === 0) return null;
  const where = wanted === null ? "" : wanted.includes(last) ? " at the last position" : ` at position ${wanted[0]}`;
  const shows = `The view ${view.title} shows the ${listOf(lenses)} lens of ${listOf(sites)}${where}`;
  const lacks = missing.size > 0 ? "" : `, and needs ${listOf([...unsaid])} of its cells`;
  return `${shows}${lacks}. This file has the ${listOf(parts.lenses)} lens of ${listOf(parts.sites)}${
    positionsOf(picture)
  }${lacks === "" ? "" : ", without that"}.`;
}

function positionsOf(picture: Picture): string {
  const there = new Set<number>();
  for (const { position } of picture.cells()) there.add(position);
  const count = picture.tokens.length;
  if (there.size === count) return "";
  return there.size === 1 && there.has(count - 1) ? " at the last position" : ` at ${there.size} of ${count} positions`;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
