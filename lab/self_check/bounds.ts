import type { Precision } from "../../model/engine/precision.ts";

/** What counts as the same number (numerics.md, Tolerances). */
export interface Bounds {
  /** Log-probabilities, in nats. */
  readonly nats: number;
  /** States, as a part of the largest value. */
  readonly relative: number;
}

export const BOUNDS: Readonly<Record<Precision, Bounds>> = {
  f32: { nats: 2e-4, relative: 2e-5 },
};
