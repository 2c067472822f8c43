import type { Statistic } from "../../clients/typescript/midstream.ts";
import type { Cell, OutputCell } from "../state/cell.ts";
import type { StatisticInfo } from "../state/service.ts";

/** What a cell can be coloured by: a statistic of the service, or what its likeliest tokens say. */
export type ColouringName = "prob" | "margin" | Statistic;

export interface Colouring {
  readonly name: ColouringName;
  readonly label: string;
  readonly unit: string;
  readonly description: string;
  /** Null where the cell has no such number. */
  readonly read: (cell: Cell | OutputCell) => number | null;
}

const OF_TOP: readonly Colouring[] = [
  {
    name: "prob",
    label: "probability of the likeliest token",
    unit: "probability",
    description: "Probability that the lens gives its likeliest token.",
    read: ({ top }) => top[0]?.prob ?? null,
  },
  {
    name: "margin",
    label: "margin of the likeliest token",
    unit: "nats",
    description: "Log-probability of the likeliest token less that of the second: how clear the lead is.",
    read: ({ top: [first, second] }) => {
      const lead = first?.logprob ?? null, next = second?.logprob ?? null;
      return lead === null || next === null ? null : lead - next;
    },
  },
];

/** All colourings of a service: those that need another lens are left to a comparison. */
export function colouringsOf(statistics: readonly StatisticInfo[]): readonly Colouring[] {
  const own = statistics.filter(({ name }) => !isOfTwo(name));
  return [
    ...OF_TOP,
    ...own.map(({ name, unit, description }): Colouring => ({
      name,
      label: name.replaceAll("_", " "),
      unit,
      description,
      read: (cell) => numberOf(name in cell ? cell[name as keyof typeof cell] : null),
    })),
  ];
}

/** Is a statistic said of two lenses, so that it needs one to compare with? */
export function isOfTwo(name: Statistic): boolean {
  return name.includes("against");
}

/** What has to be asked for; null: it follows from the tokens that come anyway. */
export function statisticOf(name: ColouringName): Statistic | null {
  return name === "prob" || name === "margin" ? null : name;
}

/** A statistic as a number: flags are 0 and 1. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" ? value : null;
}
