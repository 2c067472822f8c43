import type { Cell, Distribution } from "./algebra.ts";

type Divergence = <S, V, I>(
  cell: Cell<S, V, I>,
  a: Distribution<S, V, I>,
  b: Distribution<S, V, I>,
) => S;

/** H(a) = −Σ a ln a, in nats. */
export function entropy<S, V, I>({ math }: Cell<S, V, I>, a: Distribution<S, V, I>): S {
  return math.subtract(a.logSumExp, a.mean(a.logits));
}

/** KL(a‖b) = Σ a ln(a/b), in nats: never negative, so what rounding leaves below 0 is cut off. */
export const kullbackLeibler: Divergence = ({ math }, a, b) => {
  const gain = math.subtract(a.mean(a.logits), a.mean(b.logits));
  return math.greater(math.number(0), math.add(gain, math.subtract(b.logSumExp, a.logSumExp)));
};

/**
 * JSD(a, b) = ½KL(a‖m) + ½KL(b‖m) with m = (a+b)/2, in nats. With s = ln(1+exp): ln(a/m) = ln 2 − s(ln b − ln a), so
 * that nothing underflows where a token has probability 0 in one of them: JSD = ln 2 − ½Σ a s(ln b − ln a) − ½Σ b s(ln a − ln b).
 */
export const jensenShannon: Divergence = ({ math }, a, b) => {
  const spread = math.subtract(a.logSumExp, b.logSumExp);
  const bOverA = math.shift(math.difference(b.logits, a.logits), spread);
  const aOverB = math.shift(math.difference(a.logits, b.logits), math.subtract(math.number(0), spread));
  const shared = math.add(a.mean(math.softplus(bOverA)), b.mean(math.softplus(aOverB)));
  return math.greater(
    math.number(0),
    math.subtract(math.number(Math.LN2), math.multiply(math.number(0.5), shared)),
  );
};

/** ½KL(a‖b) + ½KL(b‖a), in nats. */
export const jeffreysHalf: Divergence = (cell, a, b) => {
  const both = cell.math.add(kullbackLeibler(cell, a, b), kullbackLeibler(cell, b, a));
  return cell.math.multiply(cell.math.number(0.5), both);
};

/** ½ Σ |a − b|. */
export const totalVariation: Divergence = ({ math }, a, b) =>
  math.multiply(
    math.number(0.5),
    math.total(math.magnitude(math.difference(a.probabilities, b.probabilities))),
  );

/** max |a − b|. */
export const largestDifference: Divergence = ({ math }, a, b) =>
  math.largest(math.magnitude(math.difference(a.probabilities, b.probabilities)));
