import type { Reading } from "../lens/lens.ts";
import { layersOf } from "../lens/lens.ts";
import type { Site } from "../lens/sites.ts";
import type { CellPlan, StatePlan } from "../model/engine/engine.ts";
import { type NamedFault, pointer, quote } from "../openapi/refusal.ts";
import { type ProbeLens, type ProbeLenses, TranslatorList } from "./probe_lenses.ts";

/** A cell as it is asked for: what its lens makes of it is the engine's plan. */
export interface LensCell {
  readonly lens: string;
  readonly site: Site;
  readonly layer: number;
  readonly warnings: readonly string[];
}

/** What cells a request comes to, side by side with their plans. */
export interface PlannedCells {
  readonly cells: readonly LensCell[];
  readonly plans: readonly CellPlan[];
  readonly translators: TranslatorList;
  readonly warnings: readonly string[];
}

interface Asked {
  readonly sites: readonly Site[];
  /** As the request names them; undefined: all that a lens has. */
  readonly layers: readonly number[] | undefined;
  /** Blocks of the model. */
  readonly depth: number;
}

/** The cells of each lens, site and layer, in the order of the answer; or the layers that a lens lacks. */
export function probeCells(
  { lenses, against }: Pick<ProbeLenses, "lenses" | "against">,
  { sites, layers, depth }: Asked,
): PlannedCells | { readonly faults: NamedFault[] } {
  const faults: NamedFault[] = [];
  const cells: LensCell[] = [];
  const plans: CellPlan[] = [];
  const translators = new TranslatorList();
  const warnings: string[] = [];
  for (const lens of lenses) {
    for (const site of sites) {
      const there = layersOf(lens.lens, site, depth);
      faults.push(...missingLayers(lens, site, there, layers, depth));
      if (there.length === 0 && layers === undefined) {
        warnings.push(`the lens ${quote(lens.id)} reads nothing at ${site}`);
      }
      for (const layer of layers === undefined ? there : there.filter((it) => isAsked(it, layers, depth))) {
        const reading = lens.lens.reading(site, layer)!;
        const beside = against && besideCell(against, { site, layer }, depth, translators);
        const state = stateOf(lens, reading, { site, layer }, depth, translators);
        cells.push({ lens: lens.id, site, layer, warnings: cellWarnings(reading, beside) });
        plans.push(beside?.state ? { ...state, against: beside.state } : state);
      }
    }
  }
  return faults.length > 0 ? { faults } : { cells, plans, translators, warnings };
}

interface Beside {
  readonly state: StatePlan | null;
  readonly warning: string | undefined;
}

/** What the lens of `against` reads in the same cell. */
function besideCell(lens: ProbeLens, cell: Cell, depth: number, translators: TranslatorList): Beside {
  const reading = lens.lens.reading(cell.site, cell.layer);
  if (reading === null) {
    const warning = `the lens ${quote(lens.id)} of \`against\` has no reading of ${cell.site} at layer ${cell.layer}`;
    return { state: null, warning };
  }
  const warning = warningOf(reading);
  return {
    state: stateOf(lens, reading, cell, depth, translators),
    warning: warning && `of \`against\`: ${warning}`,
  };
}

interface Cell {
  readonly site: Site;
  readonly layer: number;
}

function stateOf(lens: ProbeLens, reading: Reading, cell: Cell, depth: number, translators: TranslatorList): StatePlan {
  switch (reading.by) {
    case "identity":
      return cell;
    case "output":
      return { site: "resid_post", layer: depth - 1 };
    case "translator":
      return { ...cell, translator: translators.indexOf(lens, reading.layer) };
  }
}

function cellWarnings(reading: Reading, beside: Beside | null): string[] {
  return [warningOf(reading), beside?.warning].filter((warning) => warning !== undefined);
}

const warningOf = (reading: Reading) => reading.by === "translator" ? reading.warning : undefined;

const isAsked = (layer: number, layers: readonly number[], depth: number) =>
  layers.includes(layer) || layers.includes(layer - depth);

function missingLayers(
  { id }: ProbeLens,
  site: Site,
  there: readonly number[],
  asked: readonly number[] | undefined,
  depth: number,
): NamedFault[] {
  return (asked ?? []).flatMap((index, at): NamedFault[] => {
    const layer = index < 0 ? index + depth : index;
    if (there.includes(layer)) return [];
    const has = there.length === 0 ? "no layer there" : `layers ${ranges(there)} there`;
    const detail = `the lens ${quote(id)} does not read ${site} at layer ${layer}: it has ${has}`;
    return [{ problem: "out-of-range", in: "body", pointer: pointer(["layers", at]), detail }];
  });
}

/** "0 to 3, 5 and 7 to 9" without the and. */
function ranges(layers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const layer of layers) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === layer - 1) run[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => from === to ? `${from}` : `${from} to ${to}`).join(", ");
}
