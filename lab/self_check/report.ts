import type { ModelDescription } from "../../model/engine/engine.ts";

/** Units of a check's figure. */
export const CHECK_UNITS = ["nats", "relative"] as const;
export type CheckUnit = (typeof CHECK_UNITS)[number];

export const INVARIANT_VERDICTS = ["pass", "fail", "skipped"] as const;
export type InvariantVerdict = (typeof INVARIANT_VERDICTS)[number];

/** What a check found on the loaded model. */
export interface InvariantResult {
  readonly name: string;
  readonly description: string;
  /** nats: difference of log-probabilities; relative: difference as a part of the largest value. */
  readonly unit: CheckUnit;
  /** The worst that was found; null where it was skipped or is no number. */
  readonly figure: number | null;
  /** A figure above it fails. */
  readonly bound: number;
  readonly verdict: InvariantVerdict;
  /** Why it was skipped. */
  readonly reason: string | null;
}

export const LENS_VERDICTS = ["right", "shifted", "undecided", "skipped"] as const;
export type LensVerdict = (typeof LENS_VERDICTS)[number];

/** How well a lens' translators fit the layers that they are read at. */
export interface LensCheck {
  readonly id: string;
  readonly kind: "tuned" | "jacobian";
  /** `shifted`: another index fits clearly better, which is the commonest mistake of conventions. */
  readonly verdict: LensVerdict;
  /** One sentence for people. */
  readonly detail: string;
  /** Blocks whose output was read, ascending. */
  readonly layers: readonly number[];
  /** Mean KL(model‖lens) in nats at the output of each of those blocks. */
  readonly kl: {
    /** With the translator that this service reads there. */
    readonly lens: readonly number[];
    /** Tuned lenses: with the translator of the block's own number, the mistaken one; else null. */
    readonly shifted: readonly number[] | null;
    readonly logit: readonly number[];
  };
}

export interface SelfCheckReport {
  readonly model: Pick<ModelDescription, "id" | "digest" | "precision">;
  /** No invariant failed. What is said of lenses does not count: they are the uploader's. */
  readonly passed: boolean;
  /** Tokens of the text that was used. */
  readonly tokens: number;
  readonly elapsedMs: number;
  readonly invariants: readonly InvariantResult[];
  readonly lenses: readonly LensCheck[];
}
