import type { Engine, ModelDescription } from "../../model/engine/engine.ts";
import type { Bounds } from "./bounds.ts";
import type { Float64Comparison } from "./float64_comparison.ts";
import type { CheckUnit } from "./report.ts";

/** What the checks work with: the engine that answers requests, and nothing beside it. */
export interface CheckContext {
  readonly engine: Pick<Engine, "probe" | "activations">;
  readonly model: ModelDescription;
  /** 64 token ids, or as many as the model takes. */
  readonly ids: readonly number[];
  /** A few positions of them, first and last included, ascending. */
  readonly positions: readonly number[];
  /** A few blocks, first and last included, ascending. */
  readonly layers: readonly number[];
  /** A folder that lens files may be written to. */
  readonly folder: string;
  /** The float64 recomputation, made when first asked for; or why there is none. */
  readonly float64: () => Promise<Float64Comparison | { readonly skipped: string }>;
  readonly signal: AbortSignal;
}

/** One row of the table of invariants. */
export interface Check {
  readonly name: string;
  readonly description: string;
  readonly unit: CheckUnit;
  /** Which bound the figure must keep. */
  readonly bound: keyof Bounds;
  /** The worst difference found, in the check's unit. */
  readonly figure: (context: CheckContext) => Promise<number | { readonly skipped: string }>;
}

/** At most `most` of 0…count−1, evenly spread, first and last included. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round(i * (count - 1) / (most - 1)));
}
