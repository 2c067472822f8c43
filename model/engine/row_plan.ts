import { type StateName, stateName } from "../graph/states.ts";
import type { CellPlan } from "./engine.ts";

/** The distinct states behind a plan's cells: equal rows are kept and decoded once. */
export interface RowPlan {
  /** Rows of one position; the first is the model's own output. */
  readonly states: readonly StateName[];
  /** Index into `states` for each cell of the plan. */
  readonly rowOfCell: readonly number[];
}

export function planRows(cells: readonly CellPlan[], layers: number): RowPlan {
  const rows = new Map<StateName, number>([[stateName("resid_post", layers - 1), 0]]);
  const rowOfCell = cells.map(({ site, layer }) => {
    const state = stateName(site, layer);
    const row = rows.get(state) ?? rows.size;
    rows.set(state, row);
    return row;
  });
  return { states: [...rows.keys()], rowOfCell };
}
