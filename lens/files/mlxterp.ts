import { byLayer, type LayerKeys } from "./layer_tensors.ts";
import type { LensParts } from "./lens_parts.ts";
import type { NamedTensors } from "./safetensors_file.ts";

const KEYS: LayerKeys = {
  pattern: /^translators_(?<layer>[0-9]+)_(?<part>weight|bias)$/,
  weight: "weight",
  bias: "bias",
  name: (layer, part) => `translators_${layer}_${part}`,
};

/**
 * mlxterp: `translators_{i}_weight`, `translators_{i}_bias`; W x + b on the **output** of block i, identity at the start
 * of training. So translator i is W − 1 in the residual form at the input of block i + 1 (formats.md).
 */
export function mlxterpParts({ tensors }: Pick<NamedTensors, "tensors">): LensParts {
  const layers = byLayer(tensors, KEYS);
  return {
    kind: "tuned",
    form: "full_map",
    dialect: "mlxterp",
    layers: new Map([...layers].map(([layer, stored]) => [layer + 1, stored])),
    spare: [],
    provenance: {},
    capturePoint: null,
    targetLayer: null,
    warnings: [
      "read as an mlxterp lens: its translator i is a full map on the output of block i, used here as residual " +
      "translator i + 1 with weight W - 1",
    ],
  };
}
