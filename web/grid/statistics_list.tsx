import type { Cell, OutputCell } from "../state/cell.ts";
import type { StatisticInfo } from "../state/service.ts";
import { numberText } from "../text/number_text.ts";

interface Props {
  readonly cell: Cell | OutputCell;
  readonly statistics: readonly StatisticInfo[];
}

/** The statistics that a cell has, each with its unit. */
export function StatisticsList({ cell, statistics }: Props) {
  return (
    <dl class="statistics">
      {statistics.filter(({ name }) => name in cell).map(({ name, unit, description }) => {
        const value = cell[name as keyof typeof cell] as unknown;
        return (
          <div key={name} data-statistic={name}>
            <dt title={description}>{name.replaceAll("_", " ")}</dt>
            <dd title={String(value)}>
              {typeof value === "number" ? `${numberText(value)} ${unit === "rank" ? "" : unit}` : valueText(value)}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function valueText(value: unknown): string {
  return value === null ? "none" : value === true ? "yes" : "no";
}
