import type { ReportedPrecision } from "../../model/engine/precision.ts";

/** What counts as the same number (numerics.md, Tolerances). */
export interface Bounds {
  /** Log-probabilities, in nats. */
  readonly logprobs: number;
  /** The same, of a prompt alone and beside others. */
  readonly beside: number;
  /** States, as a part of the largest value. */
  readonly states: number;
  /** A sum of logits, as a part of the magnitudes added up. */
  readonly parts: number;
}

const FLOAT32: Bounds = { logprobs: 2e-4, beside: 2e-4, states: 2e-5, parts: 2e-5 };

/**
 * Weights and activations rounded, activations by row. The residual stream itself is float32 all the same; a product's
 * relative error reaches 7e-3 with 8 bits, and parts of a sum are each rounded on their own.
 *
 * However a prompt is cut, its numbers are the same. Beside others, attention adds the same terms from another place on, to
 * 1e-7; rounding to codes makes of that, layer by layer, as much as of any other difference: as far as the precision is from
 * float32. Measured on SmolLM2-135M, output and all sites: q16 1.5e-2, q8 1.7e-2, q4 0.74 nats.
 */
const ROUNDED: Bounds = { logprobs: 2e-3, beside: 3e-2, states: 2e-5, parts: 2e-2 };
const FOUR_BITS: Bounds = { ...ROUNDED, beside: 1.5 };

/**
 * A GGUF's blocks with activations in 16 bits by block: a whole prompt and one in pieces were measured to differ by 2.1e-3
 * nats on SmolLM2-135M, which makes 1e-4 of float32's own rounding.
 */
const BLOCKS: Bounds = { logprobs: 5e-3, beside: 5e-3, states: 2e-5, parts: 2e-2 };

export function boundsOf(precision: ReportedPrecision): Bounds {
  if (precision === "gguf") return BLOCKS;
  if (precision === "q4") return FOUR_BITS;
  return precision === "f32" ? FLOAT32 : ROUNDED;
}
