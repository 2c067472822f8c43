import { byLayer, type LayerKeys, missing } from "./layer_tensors.ts";
import type { LensParts } from "./lens_parts.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import { parseLayerList } from "./metadata.ts";
import type { NamedTensors } from "./safetensors_file.ts";

const KEYS: LayerKeys = {
  pattern: /^(?<layer>[0-9]+)\.(?<part>weight|bias)$/,
  weight: "weight",
  bias: "bias",
  name: (layer, part) => `${layer}.${part}`,
};

/**
 * tuned-lens: `{i}.weight`, `{i}.bias`; translator i reads the input of block i, h + W h + b.
 *
 * A lens converted here from a dialect that lacks layer 0 carries its layers as metadata `layers`.
 *
 * @see https://github.com/AlignmentResearch/tuned-lens/blob/main/tuned_lens/nn/lenses.py
 */
export function tunedLensParts({ tensors, metadata }: Pick<NamedTensors, "tensors" | "metadata">): LensParts {
  const layers = byLayer(tensors, KEYS);
  const stated = metadata.layers === undefined ? null : parseLayerList(metadata.layers, "layers");
  const expected = stated ?? Array.from({ length: Math.max(...layers.keys()) + 1 }, (_, layer) => layer);
  const gap = expected.find((layer) => !layers.has(layer));
  if (gap !== undefined) throw missing(`${gap}.weight`);
  if (stated !== null && stated.length !== layers.size) {
    const extra = [...layers.keys()].find((layer) => !stated.includes(layer));
    throw new LensFileError(
      "lens.keys",
      `\`${extra}.weight\` is not in the metadata's layers (${shown(stated.join(", "))})`,
    );
  }
  const biases = [...layers.values()].some(({ bias }) => bias !== undefined);
  return {
    kind: "tuned",
    form: "residual",
    dialect: "tuned-lens",
    layers,
    spare: [],
    provenance: metadata,
    capturePoint: null,
    targetLayer: null,
    warnings: biases ? [] : ["the translators have no biases"],
  };
}
