import type { ModelInfo } from "../state/service.ts";
import { numberText, percentText } from "../text/number_text.ts";

/** A model's precision, and how far its read-outs are from float32's, in a few words. */
export function fidelityText({ precision, fidelity }: Pick<ModelInfo, "precision" | "fidelity">): string {
  if (precision === "f32") return "f32";
  if (fidelity === null) return `${precision}, not measured against f32`;
  return `${precision}, KL to f32 ${numberText(fidelity.kl)} nats, same first token ${
    percentText(fidelity.top1_agreement)
  }`;
}
