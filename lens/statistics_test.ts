import assert from "node:assert/strict";
import { float64Cell } from "./algebra_float64.ts";
import { statistic, type StatisticName, STATISTICS } from "./statistics.ts";

/**
 * p = (1/2, 1/4, 1/8, 1/8) is the output, q = (1/8, 1/2, 1/8, 1/4) the lens, r = (1/2, 1/8, 1/4, 1/8) the lens to compare with; the
 * next token is 3. By hand, in units of ln 2.
 */
const P = [1 / 2, 1 / 4, 1 / 8, 1 / 8];
const Q = [1 / 8, 1 / 2, 1 / 8, 1 / 4];
const R = [1 / 2, 1 / 8, 1 / 4, 1 / 8];
const EXPECTED: Record<StatisticName, number> = {
  entropy: 1.75 * Math.LN2,
  kl_output_lens: (0.5 * 2 - 0.25 - 0.125) * Math.LN2,
  kl_lens_output: (-0.25 + 0.5 + 0.25) * Math.LN2,
  jsd: jensenShannon(P, Q),
  jeffreys_half: (0.625 + 0.5) / 2 * Math.LN2,
  tv: (0.375 + 0.25 + 0 + 0.125) / 2,
  linf_prob: 0.375,
  cross_entropy: 2 * Math.LN2,
  next_rank: 2,
  output_rank: 3,
  output_surprisal: 3 * Math.LN2,
  agrees: 0,
  kl_lens_against: (-0.25 + 1 - 0.125 + 0.25) * Math.LN2,
  kl_against_lens: (1 - 0.25 + 0.25 - 0.125) * Math.LN2,
  jsd_against: jensenShannon(Q, R),
  jeffreys_half_against: (0.875 + 0.875) / 2 * Math.LN2,
  tv_against: (0.375 + 0.375 + 0.125 + 0.125) / 2,
  linf_prob_against: 0.375,
  agrees_against: 0,
};

function jensenShannon(p: number[], q: number[]): number {
  return p.reduce((sum, a, i) => {
    const b = q[i]!;
    const m = (a + b) / 2;
    return sum + 0.5 * a * Math.log(a / m) + 0.5 * b * Math.log(b / m);
  }, 0);
}

/** Logits of these probabilities, up to a constant that must not matter. */
function logits(probabilities: number[], shift: number): Float64Array {
  return Float64Array.from(probabilities, (probability) => Math.log(probability) + shift);
}

Deno.test("STATISTICS says of two distributions what their definitions say, whatever is added to the logits", () => {
  assert.deepEqual(STATISTICS.map(({ name }) => name).sort(), Object.keys(EXPECTED).sort());
  const cell = float64Cell(logits(Q, 3), logits(P, -40), 3, logits(R, 7));
  for (const { name, formula } of STATISTICS) {
    const actual = formula(cell);
    assert.ok(Math.abs(actual - EXPECTED[name]) < 1e-12, `${name}: ${actual}, not ${EXPECTED[name]}`);
  }
});

Deno.test("STATISTICS stays within its bounds where the distributions share no token", () => {
  const cell = float64Cell(Float64Array.of(0, 900), Float64Array.of(900, 0), 0);
  for (const { name, formula, least, most } of STATISTICS) {
    const value = formula(cell);
    assert.ok(Number.isFinite(value) && value >= least && value <= (most ?? Infinity), `${name}: ${value}`);
  }
  assert.equal(statistic("jsd").formula(cell), Math.LN2);
});
