import { type StateName, stateName } from "../graph/states.ts";
import type { CellPlan, StatePlan } from "./engine.ts";

/** A row of the head: a state of the residual stream, as it is or through a translator of the plan. */
export interface Row {
  readonly state: StateName;
  readonly translator: number | null;
  /** Index of the row that it is compared with. */
  readonly against: number | null;
}

/** The distinct rows behind a plan's cells: equal ones are kept, translated and decoded once. */
export interface RowPlan {
  /** Rows of one position; the first is the model's own output. */
  readonly rows: readonly Row[];
  /** Index into `rows` for each cell of the plan. */
  readonly rowOfCell: readonly number[];
}

/** @param share whether equal rows are one */
export function planRows(cells: readonly CellPlan[], layers: number, share = true): RowPlan {
  const rows: Row[] = [];
  const known = new Map<string, number>();
  const rowOf = (plan: StatePlan, against: number | null) => {
    const row: Row = { state: stateName(plan.site, plan.layer), translator: plan.translator ?? null, against };
    const key = `${row.state} ${row.translator} ${against}`;
    const index = (share ? known.get(key) : undefined) ?? rows.length;
    if (index === rows.length) rows.push(row);
    known.set(key, index);
    return index;
  };
  rowOf({ site: "resid_post", layer: layers - 1 }, null);
  const rowOfCell = cells.map((cell) => rowOf(cell, cell.against ? rowOf(cell.against, null) : null));
  return { rowOfCell, rows };
}
