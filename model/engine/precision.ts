/** Arithmetic of the weights: what numerics.md promises of each is in its table of tolerances. */
export const PRECISIONS = ["f32"] as const;
export type Precision = (typeof PRECISIONS)[number];
