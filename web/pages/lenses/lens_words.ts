import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import { byteText } from "../../text/byte_text.ts";

const KIND = { logit: "logit lens", tuned: "tuned lens", jacobian: "Jacobian lens" } as const;

const MATCH = {
  exact: "Made for this model",
  unembedding: "Has this model's unembedding",
  shape: "Fits in size, which is all that is known",
  none: "Cannot be used with this model",
} as const;

/** What a lens is: "tuned lens of layers 0–7, width 64, F32, 123 kB, in the layout of tuned-lens". */
export function lensText({ kind, layers, d_model, dtype, bytes, dialect }: LensInfo): string {
  return [
    `${KIND[kind]} of ${layersText(layers)}`,
    `width ${d_model}`,
    ...dtype === null ? [] : [dtype],
    ...bytes === null ? [] : [byteText(bytes)],
    ...dialect === null ? [] : [`in the layout of ${dialect}`],
  ].join(", ");
}

/** How well it belongs to the loaded model, and why that is thought. */
export function matchText({ model_match, match_reason }: LensInfo): string {
  return `${MATCH[model_match]}: ${match_reason}.`;
}

/** What it reads, and by which convention. */
export function conventionText({ kind, reading, capture_point, target_layer }: LensInfo): string {
  if (kind === "logit") return "The model's own final norm and lm_head, at every site.";
  if (kind === "jacobian") {
    const captured = capture_point === null ? "" : `, captured at ${capture_point.replaceAll("_", " ")}`;
    const target = target_layer === null ? "" : `, toward the output of block ${target_layer}`;
    return `Matrix l reads the output of block l${captured}${target}.`;
  }
  return reading === "danyude"
    ? "Normed before the translator and again after it, index not shifted, as DanYuDE/Research-Project does."
    : "Translator l reads the input of block l, as the tuned-lens package does.";
}

/** Where it comes from and how long it stays. */
export function lifeText({ built_in, persistent }: LensInfo): string {
  if (built_in) return "Built in.";
  return persistent
    ? "Uploaded; it stays when the service restarts."
    : "Given at the start of the service; it cannot be changed here.";
}

/** "layer 3", "layers 0–7", "layers 0, 2, 5–7". */
export function layersText(layers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const layer of layers) {
    const last = runs.at(-1);
    if (last !== undefined && layer === last[1] + 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  const words = runs.map(([from, to]) => from === to ? String(from) : `${from}–${to}`).join(", ");
  return `${layers.length === 1 ? "layer" : "layers"} ${words}`;
}
