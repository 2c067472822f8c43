import { byLayer, layerIndex, type LayerKeys, missing } from "./layer_tensors.ts";
import type { Json, LayerTensors } from "./lens_file.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import type { LensParts } from "./lens_parts.ts";
import { layerList, parseMetadataJson } from "./metadata.ts";
import { remarksOf } from "./pickle_json.ts";
import { kindOf, type PickleDict } from "./pickle_value.ts";
import type { NamedTensors } from "./safetensors_file.ts";
import type { TorchTensors } from "./torch_tensors.ts";

const KEYS: LayerKeys = {
  pattern: /^(?<part>J)\.(?<layer>[0-9]+)$/,
  weight: "J",
  bias: null,
  name: (layer) => `J.${layer}`,
};
/** jacobian-lens always writes these. */
const REQUIRED = ["n_prompts", "source_layers", "d_model"] as const;
/** What safetensors metadata holds as JSON text; other metadata stays text. */
const JSON_METADATA = [...REQUIRED, "provenance", "target_layer"];
const MAX_PROMPTS = 2 ** 53;

/** Are these the keys of a Jacobian lens in safetensors? */
export function isJacobianSafetensors(keys: readonly string[]): boolean {
  return keys.some((key) => KEYS.pattern.test(key));
}

/** jacobian-lens' torch dict `{J: {int: [d, d]}, n_prompts, source_layers, d_model, provenance?}`. */
export function jacobianTorchParts(dict: PickleDict, tensors: TorchTensors): LensParts {
  const matrices = dict.entries.get("J");
  if (typeof matrices !== "object" || matrices?.kind !== "dict") {
    throw new LensFileError(
      "lens.value",
      `\`J\` is ${kindOf(matrices ?? null)}; it must be a dict of matrices by layer`,
    );
  }
  const layers = new Map<number, LayerTensors>();
  for (const [key, value] of matrices.entries) {
    const name = `J.${key}`;
    if (typeof key !== "number") {
      throw new LensFileError("lens.keys", `the key \`${shown(key)}\` of J must be an int, the layer`);
    }
    if (typeof value !== "object" || value?.kind !== "tensor") {
      throw new LensFileError("lens.value", `\`${name}\` is ${kindOf(value)}; it must be a tensor`);
    }
    layers.set(layerIndex(String(key), name), { weight: tensors.tensor(name, value) });
  }
  for (const key of REQUIRED) if (!dict.entries.has(key)) throw missing(key);
  return jacobianParts(layers, remarksOf(dict, "J"));
}

/** The same in safetensors: `J.{l}`, remarks as metadata. */
export function jacobianSafetensorsParts({ tensors, metadata }: Pick<NamedTensors, "tensors" | "metadata">): LensParts {
  const remarks = Object.entries(metadata).map(([key, text]): [string, Json] => [
    key,
    JSON_METADATA.includes(key) ? parseMetadataJson(text, key) : text,
  ]);
  return jacobianParts(byLayer(tensors, KEYS), Object.fromEntries(remarks));
}

function jacobianParts(found: ReadonlyMap<number, LayerTensors>, remarks: { readonly [key: string]: Json }): LensParts {
  if (found.size === 0) throw new LensFileError("lens.keys", "`J` holds no matrix at all");
  const layers = new Map([...found].sort(([a], [b]) => a - b));
  const indices = [...layers.keys()];
  const { n_prompts: prompts, source_layers: sourceLayers, d_model: dModel, provenance = null } = remarks;
  if (sourceLayers !== undefined) {
    const stated = layerList(sourceLayers, "source_layers");
    if (stated.join() !== indices.join()) {
      const reason = `\`source_layers\` is [${shown(stated.join(", "))}], but J has the layers [${
        shown(indices.join(", "))
      }]`;
      throw new LensFileError("jlens.layers", reason);
    }
  }
  if (
    prompts !== undefined &&
    !(Number.isInteger(prompts) && (prompts as number) >= 1 && (prompts as number) <= MAX_PROMPTS)
  ) {
    throw new LensFileError(
      "jlens.provenance",
      `\`n_prompts\` is ${shown(JSON.stringify(prompts))}; it must be an int from 1 to 2^53`,
    );
  }
  const width = [...layers.values()][0]?.weight.shape[0];
  if (dModel !== undefined && dModel !== width) {
    const reason = `\`d_model\` is ${shown(JSON.stringify(dModel))}, but the matrices are ${width} wide`;
    throw new LensFileError("lens.shape", reason);
  }
  const origin = provenanceObject(provenance);
  return {
    kind: "jacobian",
    form: "jacobian",
    dialect: "jacobian-lens",
    layers,
    spare: [],
    provenance: remarks,
    capturePoint: capturePointOf(remarks.capture_point ?? origin.capture_point ?? null),
    targetLayer: targetLayerOf(remarks.target_layer ?? origin.target_layer ?? null),
    warnings: [],
  };
}

function provenanceObject(value: Json): { readonly [key: string]: Json } {
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as { readonly [key: string]: Json };
  throw new LensFileError("jlens.provenance", "`provenance` must be a dict");
}

/** @throws {LensFileError} for a lens that was not captured at a block's output: it reads no residual state */
export function capturePointOf(value: Json): string | null {
  if (value === null || value === "block_output") return value;
  const reason = `\`capture_point\` is ${
    shown(JSON.stringify(value))
  }; a Jacobian lens is read at a block's output (block_output)`;
  throw new LensFileError("jlens.provenance", reason);
}

function targetLayerOf(value: Json): number | null {
  if (value === null || Number.isSafeInteger(value)) return value as number | null;
  throw new LensFileError("jlens.provenance", `\`target_layer\` is ${shown(JSON.stringify(value))}; it must be an int`);
}
