import type { ActivationsRequest } from "../openapi/schemas/activations_request.ts";
import { refusalOf } from "../openapi/refusal.ts";
import type { ActivationsPlan } from "../model/engine/engine.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { promptIds } from "./prompt_ids.ts";
import { selectLayers, selectPositions, selectSites } from "./selection.ts";

/**
 * Checks a request against the loaded model.
 * @throws {Refusal} 422 with every fault
 */
export function planActivations(request: ActivationsRequest, model: LoadedModel): ActivationsPlan {
  const prompt = promptIds(request.prompt, request.add_special_tokens ?? true, model);
  const layers = selectLayers(request.layers, model.description.layers);
  const positions = "ids" in prompt ? selectPositions(request.positions ?? "last", prompt.ids.length) : { faults: [] };
  if ("faults" in prompt || "faults" in layers || "faults" in positions) {
    throw refusalOf([prompt, positions, layers].flatMap((part) => "faults" in part ? part.faults : []));
  }
  return {
    ids: prompt.ids,
    positions: positions.indices,
    sites: selectSites(request.sites ?? ["resid_post"]),
    layers: layers.indices,
    dtype: request.dtype ?? "float32",
    logits: request.logits ?? false,
  };
}
