import type { ModelConfig } from "../../checkpoint/config.ts";

/** Queries [T, heads, headDim], keys and values [T, kvHeads, headDim]; the rotary embedding is already in them. */
export interface Attended {
  readonly query: Float64Array;
  readonly key: Float64Array;
  readonly value: Float64Array;
}

/**
 * Causal soft-max attention, [T, heads, headDim] in float64: consecutive query heads share a head of keys and values
 * (grouped-query attention, Ainslie et al. 2023, arXiv:2305.13245); with a sliding window of w, position i sees i−w+1…i.
 */
export function float64Attention({ query, key, value }: Attended, config: ModelConfig): Float64Array {
  const { heads, kvHeads, headDim, slidingWindow } = config;
  const tokens = query.length / (heads * headDim);
  const result = new Float64Array(query.length);
  for (let position = 0; position < tokens; position++) {
    const first = slidingWindow === null ? 0 : Math.max(0, position - slidingWindow + 1);
    for (let head = 0; head < heads; head++) {
      const group = Math.floor(head * kvHeads / heads);
      const at = (position * heads + head) * headDim;
      const seen = Array.from({ length: position - first + 1 }, (_, i) => ((first + i) * kvHeads + group) * headDim);
      const scores = seen.map((from) => dot(query, at, key, from, headDim) / Math.sqrt(headDim));
      const most = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - most));
      const total = weights.reduce((all, weight) => all + weight, 0);
      for (const [i, from] of seen.entries()) {
        for (let d = 0; d < headDim; d++) result[at + d]! += weights[i]! / total * value[from + d]!;
      }
    }
  }
  return result;
}

function dot(a: Float64Array, from: number, b: Float64Array, other: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[from + i]! * b[other + i]!;
  return sum;
}
