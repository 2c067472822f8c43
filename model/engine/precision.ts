/** Arithmetic of the weights: what numerics.md promises of each is in its table of tolerances. Most faithful first. */
export const PRECISIONS = ["f32", "q16", "q8", "q4"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What may be asked for: `auto` is the most faithful one that fits. */
export const PRECISION_CHOICES = ["auto", ...PRECISIONS] as const;
export type PrecisionChoice = (typeof PRECISION_CHOICES)[number];

/** What a loaded model is in: `gguf` multiplies the blocks of a GGUF file as they are. */
export const REPORTED_PRECISIONS = [...PRECISIONS, "gguf"] as const;
export type ReportedPrecision = (typeof REPORTED_PRECISIONS)[number];
