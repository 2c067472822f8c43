import type { Cell } from "./algebra.ts";
import {
  entropy,
  jeffreysHalf,
  jensenShannon,
  kullbackLeibler,
  largestDifference,
  totalVariation,
} from "./divergence.ts";

/** One number said of a cell. The request's schema, the head's graph, the CSV columns and the docs are made from these. */
export interface Statistic {
  readonly name: string;
  /** What its value is in an answer: a real number, a whole number, or true and false (computed as 1 and 0). */
  readonly type: "number" | "integer" | "boolean";
  readonly unit: "nats" | "probability" | "rank" | "flag";
  /** Smallest and largest value; null: no bound that holds for every model. */
  readonly least: number | null;
  readonly most: number | null;
  /** Null where the prompt has no next token: at its last position. */
  readonly needsNextToken: boolean;
  /** For people: what it says, with its formula. p is the model's output at the position, q the lens. */
  readonly description: string;
  readonly formula: <S, V, I>(cell: Cell<S, V, I>) => S;
}

const DIVERGENCE = { type: "number", unit: "nats", least: 0, most: null, needsNextToken: false } as const;
const PROBABILITY = { type: "number", unit: "probability", least: 0, most: 1, needsNextToken: false } as const;
const RANK = { type: "integer", unit: "rank", least: 1, most: null } as const;

/** Every statistic there is (numerics.md, Statistics of a cell). A new one is a row here, and its case in the test. */
export const STATISTICS = [
  {
    ...DIVERGENCE,
    name: "entropy",
    description: "Entropy of the lens: −Σ q ln q. How undecided the cell is.",
    formula: (cell) => entropy(cell, cell.lens),
  },
  {
    ...DIVERGENCE,
    name: "kl_output_lens",
    description: "Kullback-Leibler divergence of the lens from the model's output: Σ p ln(p/q). " +
      "The tuned-lens package calls it forward_kl.",
    formula: (cell) => kullbackLeibler(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    name: "kl_lens_output",
    description: "Kullback-Leibler divergence of the model's output from the lens: Σ q ln(q/p).",
    formula: (cell) => kullbackLeibler(cell, cell.lens, cell.output),
  },
  {
    ...DIVERGENCE,
    name: "jsd",
    most: Math.LN2,
    description: "Jensen-Shannon divergence: ½KL(p‖m) + ½KL(q‖m) with m = (p+q)/2; ln 2 at most. " +
      "Not what the tuned-lens package prints as js_divergence: that is jeffreys_half.",
    formula: (cell) => jensenShannon(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    name: "jeffreys_half",
    description:
      "Half the Jeffreys divergence: ½KL(p‖q) + ½KL(q‖p). The tuned-lens package prints it as js_divergence.",
    formula: (cell) => jeffreysHalf(cell, cell.output, cell.lens),
  },
  {
    ...PROBABILITY,
    name: "tv",
    description:
      "Total variation distance: ½ Σ |p−q|. Not the tuned-lens package's total_variation: that is linf_prob.",
    formula: (cell) => totalVariation(cell, cell.output, cell.lens),
  },
  {
    ...PROBABILITY,
    name: "linf_prob",
    description: "Largest difference in probability of any one token: max |p−q|. " +
      "The tuned-lens package prints it as total_variation.",
    formula: (cell) => largestDifference(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    name: "cross_entropy",
    needsNextToken: true,
    description: "Surprise at the prompt's next token: −ln q(next token). Null at the last position.",
    formula: ({ lens, nextToken, math }) => math.subtract(math.number(0), lens.logProbability(nextToken)),
  },
  {
    ...RANK,
    name: "next_rank",
    needsNextToken: true,
    description:
      "Rank of the prompt's next token in the lens: 1 + the number of tokens with a strictly greater logit. " +
      "Null at the last position.",
    formula: ({ lens, nextToken }) => lens.rank(nextToken),
  },
  {
    ...RANK,
    name: "output_rank",
    needsNextToken: false,
    description: "Rank in the lens of the token the model itself finds likeliest: " +
      "1 + the number of tokens with a strictly greater logit.",
    formula: ({ lens, output }) => lens.rank(output.top),
  },
  {
    name: "agrees",
    type: "boolean",
    unit: "flag",
    least: 0,
    most: 1,
    needsNextToken: false,
    description: "Whether the lens' likeliest token is the model's likeliest token.",
    formula: ({ lens, output, math }) => math.same(lens.top, output.top),
  },
] as const satisfies readonly Statistic[];

export type StatisticName = (typeof STATISTICS)[number]["name"];

/** The row of a statistic. */
export function statistic(name: StatisticName): Statistic {
  return STATISTICS.find((row) => row.name === name)!;
}
