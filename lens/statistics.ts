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
  /** Said of two lenses: only where a request names one to compare with, null where that one has no reading. */
  readonly needsAgainst: boolean;
  /** For people: what it says, with its formula. p is the model's output at the position, q the lens, r the one it is compared with. */
  readonly description: string;
  readonly formula: <S, V, I>(cell: Cell<S, V, I>) => S;
}

const ALONE = { needsNextToken: false, needsAgainst: false } as const;
const AGAINST = { needsNextToken: false, needsAgainst: true } as const;
const DIVERGENCE = { type: "number", unit: "nats", least: 0, most: null } as const;
const PROBABILITY = { type: "number", unit: "probability", least: 0, most: 1 } as const;
const RANK = { type: "integer", unit: "rank", least: 1, most: null } as const;
const FLAG = { type: "boolean", unit: "flag", least: 0, most: 1 } as const;

/** Every statistic there is (numerics.md, Statistics of a cell). A new one is a row here, and its case in the test. */
export const STATISTICS = [
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "entropy",
    description: "Entropy of the lens: −Σ q ln q. How undecided the cell is.",
    formula: (cell) => entropy(cell, cell.lens),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "kl_output_lens",
    description: "Kullback-Leibler divergence of the lens from the model's output: Σ p ln(p/q). " +
      "The tuned-lens package calls it forward_kl.",
    formula: (cell) => kullbackLeibler(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "kl_lens_output",
    description: "Kullback-Leibler divergence of the model's output from the lens: Σ q ln(q/p).",
    formula: (cell) => kullbackLeibler(cell, cell.lens, cell.output),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "jsd",
    most: Math.LN2,
    description: "Jensen-Shannon divergence: ½KL(p‖m) + ½KL(q‖m) with m = (p+q)/2; ln 2 at most. " +
      "Not what the tuned-lens package prints as js_divergence: that is jeffreys_half.",
    formula: (cell) => jensenShannon(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "jeffreys_half",
    description:
      "Half the Jeffreys divergence: ½KL(p‖q) + ½KL(q‖p). The tuned-lens package prints it as js_divergence.",
    formula: (cell) => jeffreysHalf(cell, cell.output, cell.lens),
  },
  {
    ...PROBABILITY,
    ...ALONE,
    name: "tv",
    description:
      "Total variation distance: ½ Σ |p−q|. Not the tuned-lens package's total_variation: that is linf_prob.",
    formula: (cell) => totalVariation(cell, cell.output, cell.lens),
  },
  {
    ...PROBABILITY,
    ...ALONE,
    name: "linf_prob",
    description: "Largest difference in probability of any one token: max |p−q|. " +
      "The tuned-lens package prints it as total_variation.",
    formula: (cell) => largestDifference(cell, cell.output, cell.lens),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "cross_entropy",
    needsNextToken: true,
    description: "Surprise at the prompt's next token: −ln q(next token). Null at the last position.",
    formula: ({ lens, nextToken, math }) => math.subtract(math.number(0), lens.logProbability(nextToken)),
  },
  {
    ...RANK,
    ...ALONE,
    name: "next_rank",
    needsNextToken: true,
    description:
      "Rank of the prompt's next token in the lens: 1 + the number of tokens with a strictly greater logit. " +
      "Null at the last position.",
    formula: ({ lens, nextToken }) => lens.rank(nextToken),
  },
  {
    ...RANK,
    ...ALONE,
    name: "output_rank",
    description: "Rank in the lens of the token the model itself finds likeliest: " +
      "1 + the number of tokens with a strictly greater logit.",
    formula: ({ lens, output }) => lens.rank(output.top),
  },
  {
    ...DIVERGENCE,
    ...ALONE,
    name: "output_surprisal",
    description: "Surprise of the lens at the token the model itself finds likeliest: −ln q(that token). " +
      "Where output_rank stops at 1, this goes on falling.",
    formula: ({ lens, output, math }) => math.subtract(math.number(0), lens.logProbability(output.top)),
  },
  {
    ...FLAG,
    ...ALONE,
    name: "agrees",
    description: "Whether the lens' likeliest token is the model's likeliest token.",
    formula: ({ lens, output, math }) => math.same(lens.top, output.top),
  },
  {
    ...DIVERGENCE,
    ...AGAINST,
    name: "kl_lens_against",
    description: "Kullback-Leibler divergence of the other lens r from this one: Σ q ln(q/r).",
    formula: (cell) => kullbackLeibler(cell, cell.lens, cell.against),
  },
  {
    ...DIVERGENCE,
    ...AGAINST,
    name: "kl_against_lens",
    description: "Kullback-Leibler divergence of this lens from the other lens r: Σ r ln(r/q).",
    formula: (cell) => kullbackLeibler(cell, cell.against, cell.lens),
  },
  {
    ...DIVERGENCE,
    ...AGAINST,
    name: "jsd_against",
    most: Math.LN2,
    description: "Jensen-Shannon divergence of the two lenses: ½KL(q‖m) + ½KL(r‖m) with m = (q+r)/2.",
    formula: (cell) => jensenShannon(cell, cell.lens, cell.against),
  },
  {
    ...DIVERGENCE,
    ...AGAINST,
    name: "jeffreys_half_against",
    description: "Half the Jeffreys divergence of the two lenses: ½KL(q‖r) + ½KL(r‖q).",
    formula: (cell) => jeffreysHalf(cell, cell.lens, cell.against),
  },
  {
    ...PROBABILITY,
    ...AGAINST,
    name: "tv_against",
    description: "Total variation distance of the two lenses: ½ Σ |q−r|.",
    formula: (cell) => totalVariation(cell, cell.lens, cell.against),
  },
  {
    ...PROBABILITY,
    ...AGAINST,
    name: "linf_prob_against",
    description: "Largest difference in probability of any one token between the two lenses: max |q−r|.",
    formula: (cell) => largestDifference(cell, cell.lens, cell.against),
  },
  {
    ...FLAG,
    ...AGAINST,
    name: "agrees_against",
    description: "Whether the two lenses find the same token likeliest.",
    formula: ({ lens, against, math }) => math.same(lens.top, against.top),
  },
] as const satisfies readonly Statistic[];

export type StatisticName = (typeof STATISTICS)[number]["name"];

/** The row of a statistic. */
export function statistic(name: StatisticName): Statistic {
  return STATISTICS.find((row) => row.name === name)!;
}
