import type { ModelShape } from "./layer_tensors.ts";
import type { LensContents } from "./lens_file.ts";
import { shown, shownShape } from "./lens_file_error.ts";

/**
 * Can this lens be applied to that model?
 *
 * @returns null where it can; else a sentence that names the layer or tensor, and what the model needs
 */
export function fitLens(lens: LensContents, model: ModelShape): string | null {
  const { kind, layers, dModel, tensors } = lens;
  const first = layers[0] ?? 0;
  const last = layers.at(-1) ?? 0;
  if (dModel !== model.dModel) {
    const weight = tensors.get(first)?.weight;
    return `layer ${first} \`${shown(weight?.name ?? "")}\` is ${shownShape(weight?.shape ?? [])}; this model needs ` +
      `[${model.dModel}, ${model.dModel}] (d_model ${model.dModel}, not ${dModel})`;
  }
  const range = `this model has layers 0 to ${model.layers - 1}`;
  if (kind === "jacobian") {
    if (last >= model.layers) return `the lens has a matrix for layer ${last}; ${range}`;
    return headLevel(lens, model);
  }
  // Translators that read outputs (mlxterp's) may end with one for the last block's output, where no lens is needed.
  const readsOutputs = lens.dialect === "mlxterp" || lens.dialect === "tuned-lens" && first > 0;
  const highest = readsOutputs ? model.layers : model.layers - 1;
  if (last > highest) return `the lens has a translator for layer ${last}; ${range}`;
  if (
    lens.dialect === "tuned-lens" && first === 0 && layers.length !== model.layers && !("layers" in lens.provenance)
  ) {
    return `the lens has ${layers.length} translators, layers 0 to ${last}; ${range}`;
  }
  return null;
}

/** What is odd about a lens that fits; sentences for LensInfo. */
export function fitWarnings(lens: LensContents, model: ModelShape): string[] {
  const { targetLayer } = lens;
  if (targetLayer === null || targetLayer === model.layers - 1 || targetLayer === -1) return [];
  return [`target_layer is ${targetLayer}; the Jacobians do not lead to the last block's output (${model.layers - 1})`];
}

/** A matrix for the last block's output would be 1, unless the lens reads attention heads (formats.md). */
function headLevel({ layers, tensors, lastIsIdentity, capturePoint }: LensContents, model: ModelShape): string | null {
  const last = layers.at(-1) ?? 0;
  if (last !== model.layers - 1 || lastIsIdentity || capturePoint === "block_output") return null;
  return `layer ${last} \`${
    shown(tensors.get(last)?.weight.name ?? "")
  }\` of the last block is not the identity: this seems to be ` +
    "a head-level Jacobian lens, read at o_proj's input; if it was captured at block outputs, say capture_point=block_output";
}
