/**
 * What a statistic's formula may say of a cell. Formulas are written once against these interfaces and read in two ways:
 * as nodes of the head's graph (model/graph/head_cell.ts) and as plain float64 arithmetic (algebra_float64.ts).
 *
 * S is one number, V one number for every token of the vocabulary, I a token id.
 */
export interface Cell<S, V, I> {
  /** q: what the lens says at this cell. */
  readonly lens: Distribution<S, V, I>;
  /** p: what the model says at this position. */
  readonly output: Distribution<S, V, I>;
  /** r: what the lens to compare with says at this cell. Where none is asked for the answer is null, whatever is computed. */
  readonly against: Distribution<S, V, I>;
  /** The token that follows this position in the prompt. Where there is none the answer is null, whatever is computed. */
  readonly nextToken: I;
  readonly math: Arithmetic<S, V, I>;
}

/** A distribution over the vocabulary: soft-max of its logits. */
export interface Distribution<S, V, I> {
  readonly logits: V;
  readonly probabilities: V;
  /** ln Σ exp(logit): log-probability = logit − logSumExp. */
  readonly logSumExp: S;
  /** The likeliest token; the lowest id among equals. */
  readonly top: I;
  /** Σ probability · value: the mean of `values` under this distribution. */
  mean(values: V): S;
  logProbability(token: I): S;
  /** 1 + the number of tokens with a strictly greater logit. */
  rank(token: I): S;
}

export interface Arithmetic<S, V, I> {
  number(value: number): S;
  add(a: S, b: S): S;
  subtract(a: S, b: S): S;
  multiply(a: S, b: S): S;
  /** The greater of two numbers. */
  greater(a: S, b: S): S;
  /** 1 where the tokens are the same, else 0. */
  same(a: I, b: I): S;
  /** a − b for every token. */
  difference(a: V, b: V): V;
  /** values + by for every token. */
  shift(values: V, by: S): V;
  /** |v| for every token. */
  magnitude(values: V): V;
  /** ln(1 + exp(v)) for every token. */
  softplus(values: V): V;
  /** Σ v. */
  total(values: V): S;
  /** max v. */
  largest(values: V): S;
}
