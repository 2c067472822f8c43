import type { Encoding } from "./encoding.ts";
import { halves } from "./halves.ts";

/** Ways to write weights with fewer bits, by the name that a worker is told. */
export const ENCODINGS = {
  halves: halves({ low: true }),
} satisfies Readonly<Record<string, Encoding>>;
export type EncodingName = keyof typeof ENCODINGS;

/** How the linear layers of a precision are written. Embeddings stay as they were stored, norms and biases are float32. */
interface Recipe {
  readonly blocks: EncodingName;
  readonly lmHead: EncodingName;
}

export const RECIPES = {
  q16: { blocks: "halves", lmHead: "halves" },
} satisfies Readonly<Record<string, Recipe>>;

/** A precision whose weights are converted. */
export type ConvertedPrecision = keyof typeof RECIPES;

/** Goes up with every change of what a converted file holds: files of another number are not read. */
export const FORMAT = 1;
