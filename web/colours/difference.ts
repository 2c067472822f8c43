import type { Cell, OutputCell } from "../state/cell.ts";
import type { StatisticInfo } from "../state/service.ts";
import { type Colouring, isOfTwo, numberOf } from "./colouring.ts";

type AnyCell = Cell | OutputCell;

/** How two readings of the same cell differ, as a number. */
export interface Difference extends Pick<Colouring, "label" | "unit" | "description"> {
  /** In links: that of the service's statistic, or one of those that follow from two cells. */
  readonly name: string;
  /** The first less the second, so that both signs mean something; others are distances, from 0. */
  readonly signed: boolean;
  /** Null where one of the two has no such number. */
  readonly read: (first: AnyCell, second: AnyCell) => number | null;
}

/** What follows from two cells: the first less the second. */
const SIGNED: readonly Omit<Difference, "signed" | "read">[] = [
  {
    name: "output_prob",
    label: "difference in probability of the model's token",
    unit: "probability",
    description: "Probability that the first lens gives the model's own likeliest token, less that of the second.",
  },
  {
    name: "prob",
    label: "difference in probability of the likeliest token",
    unit: "probability",
    description: "Probability that the first lens gives its likeliest token, less what the second gives its own.",
  },
  {
    name: "output_rank",
    label: "rank change of the model's token",
    unit: "rank",
    description: "Rank of the model's own likeliest token in the first lens, less its rank in the second.",
  },
  {
    name: "entropy",
    label: "difference in entropy",
    unit: "nats",
    description: "Entropy of the first lens less that of the second.",
  },
  {
    name: "kl_output_lens",
    label: "difference in KL from the output",
    unit: "nats",
    description: "Divergence of the first lens from the model's output, less that of the second.",
  },
];

/** A rank further down than a cell lists. */
const RANK_OF_TOP: Difference = {
  name: "rank_of_top",
  label: "rank of its likeliest token in the other",
  unit: "rank",
  description:
    "Rank that the second lens gives the first's likeliest token; beyond the listed ones, one more than those.",
  signed: false,
  read: ({ top: [likeliest] }, { top }) => {
    if (likeliest === undefined || top.length === 0) return null;
    const at = top.findIndex(({ id, text }) => likeliest.id === null ? text === likeliest.text : id === likeliest.id);
    return (at < 0 ? top.length : at) + 1;
  },
};

const NUMBERS: Readonly<Record<string, (cell: AnyCell) => number | null>> = {
  output_prob: ({ output_surprisal }) => output_surprisal === undefined ? null : Math.exp(-output_surprisal),
  prob: ({ top }) => top[0]?.prob ?? null,
  output_rank: ({ output_rank }) => output_rank ?? null,
  entropy: ({ entropy }) => entropy ?? null,
  kl_output_lens: ({ kl_output_lens }) => kl_output_lens ?? null,
};

/** All differences: the service's own, which it computes over the whole vocabulary, and those that follow from two cells. */
export function differencesOf(statistics: readonly StatisticInfo[]): readonly Difference[] {
  return [
    ...SIGNED.map((row) => ({ ...row, signed: true, read: lessOf(NUMBERS[row.name]!) })),
    RANK_OF_TOP,
    ...statistics.filter(({ name }) => isOfTwo(name)).map(({ name, unit, description }) => ({
      name,
      label: name.replaceAll("_", " "),
      unit,
      description,
      signed: false,
      read: (first: AnyCell) => numberOf(first[name]),
    })),
  ];
}

function lessOf(read: (cell: AnyCell) => number | null): Difference["read"] {
  return (first, second) => {
    const from = read(first), less = read(second);
    return from === null || less === null ? null : from - less;
  };
}
