import { blocks4 } from "./blocks.ts";
import type { Encoding } from "./encoding.ts";
import { halves } from "./halves.ts";

/** Ways to write weights with fewer bits, by the name that a worker is told. */
export const ENCODINGS = {
  halves: halves({ low: true }),
  bytes: halves({ low: false }),
  blocks4: blocks4(32),
} satisfies Readonly<Record<string, Encoding>>;
export type EncodingName = keyof typeof ENCODINGS;

/** Linear layers by their place in a block, as the last part of their name says it. */
export type MatrixKind =
  | "q_proj"
  | "k_proj"
  | "v_proj"
  | "o_proj"
  | "gate_proj"
  | "up_proj"
  | "down_proj"
  | "lm_head";

type Recipe = Readonly<Record<MatrixKind, EncodingName>>;

function recipe(usual: EncodingName, spared: Partial<Recipe> = {}): Recipe {
  const all = { q_proj: usual, k_proj: usual, v_proj: usual, o_proj: usual, gate_proj: usual, up_proj: usual };
  return { ...all, down_proj: usual, lm_head: usual, ...spared };
}

/**
 * How the linear layers of a precision are written. Embeddings stay as they were stored, norms and biases are float32.
 *
 * What is spared was measured with SmolLM2-135M, mean KL at the output to float32 in nats. 8 bits a column: 4.8e-3 with
 * all layers, of which the down projections make 1.7e-3 and lm_head 1.1e-3; 1.9e-3 with 16 bits for those two. 4 bits in
 * blocks of 32: 0.49 by largest magnitude and 0.32 as `blocks4` finds them; with 8 bits for the down projections 0.18, for
 * v and o as well 0.09. MatMulNBits keeps a scale, a sum and the stored scale of every block, so that such a weight takes
 * 7 bits of memory; blocks of 64 would take little over 5 (0.13), but there ONNX Runtime's sums depend on how many rows
 * run together, by 1e-7, which turns codes of activations over. Columns are faster than MatMulNBits' blocks of 8 bits from
 * 16 rows on, by four to ten times with AMX or VNNI.
 *
 * This table says what numbers come out; which kernel of HALVES_KERNELS makes them, the same in each, is timed at start
 * (model/engine/kernels). Figures of all candidates: docs/kernels.md.
 */
export const RECIPES = {
  q16: recipe("halves"),
  q8: recipe("bytes", { down_proj: "halves", lm_head: "halves" }),
  q4: recipe("blocks4", { v_proj: "bytes", o_proj: "bytes", down_proj: "bytes", lm_head: "bytes" }),
} satisfies Readonly<Record<string, Recipe>>;

/** A precision whose weights are converted. */
export type ConvertedPrecision = keyof typeof RECIPES;

/** Goes up with every change of what a converted file holds: files of another number are not read. */
export const FORMAT = 1;
