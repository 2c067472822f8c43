import { SITES } from "../../lens/sites.ts";
import type { CellPlan } from "../../model/engine/engine.ts";
import type { CheckContext } from "./check.ts";
import type { FiledLens } from "./plain_lenses.ts";
import { probed, topDistance, worst } from "./probed.ts";

/** How far a lens lies from the logit lens, wherever it reads something, in nats. */
export async function distanceToLogitLens(context: CheckContext, { lens, translator }: FiledLens): Promise<number> {
  const used: number[] = [];
  const pairs = context.layers.flatMap((layer) =>
    SITES.flatMap((site): [CellPlan, CellPlan][] => {
      const reading = lens.reading(site, layer);
      if (reading === null) return [];
      const state = { site, layer };
      if (reading.by !== "translator") return [[state, state]];
      if (!used.includes(reading.layer)) used.push(reading.layer);
      return [[state, { ...state, translator: used.indexOf(reading.layer) }]];
    })
  );
  const found = await probed(context, { cells: pairs.flat(), translators: used.map(translator) });
  return worst(found.flatMap(({ cells }) => pairs.map((_, i) => topDistance(cells[2 * i]!, cells[2 * i + 1]!))));
}
