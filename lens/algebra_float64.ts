import type { Arithmetic, Cell, Distribution } from "./algebra.ts";

/**
 * The cell of rows of logits in float64; `nextToken` undefined stands for a position without one, `against` undefined for a
 * cell that is compared with no other lens.
 */
export function float64Cell(
  lens: Float64Array,
  output: Float64Array,
  nextToken = 0,
  against = lens,
): Cell<number, Float64Array, number> {
  return {
    lens: distribution(lens),
    output: distribution(output),
    against: distribution(against),
    nextToken,
    math,
  };
}

function distribution(logits: Float64Array): Distribution<number, Float64Array, number> {
  const most = math.largest(logits);
  const logSumExp = most + Math.log(math.total(logits.map((z) => Math.exp(z - most))));
  const probabilities = logits.map((z) => Math.exp(z - logSumExp));
  return {
    logits,
    probabilities,
    logSumExp,
    top: logits.indexOf(most),
    mean: (values) => math.total(values.map((v, id) => v * probabilities[id]!)),
    logProbability: (token) => logits[token]! - logSumExp,
    rank: (token) => 1 + logits.filter((z) => z > logits[token]!).length,
  };
}

const math: Arithmetic<number, Float64Array, number> = {
  number: (value) => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  greater: Math.max,
  same: (a, b) => (a === b ? 1 : 0),
  difference: (a, b) => a.map((v, id) => v - b[id]!),
  shift: (values, by) => values.map((v) => v + by),
  magnitude: (values) => values.map(Math.abs),
  softplus: (values) => values.map((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
  total: (values) => values.reduce((sum, v) => sum + v, 0),
  largest: (values) => values.reduce((most, v) => Math.max(most, v), -Infinity),
};
