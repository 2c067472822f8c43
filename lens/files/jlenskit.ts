import { byLayer, type LayerKeys } from "./layer_tensors.ts";
import { LensFileError } from "./lens_file_error.ts";
import type { LensParts } from "./lens_parts.ts";
import type { NamedTensors } from "./safetensors_file.ts";

const META = "jlenskit_meta";

const TUNED: LayerKeys = {
  pattern: /^(?<part>A|b)_(?<layer>[0-9]+)$/,
  weight: "A",
  bias: "b",
  name: (layer, part) => `${part}_${layer}`,
};

const JACOBIAN: LayerKeys = {
  pattern: /^(?<part>J|layer)_(?<layer>[0-9]+)$/,
  weight: "J",
  bias: null,
  name: (layer, part) => `${part}_${layer}`,
};

/** Do the keys have jlenskit's form? */
export function isJlenskit(keys: readonly string[]): boolean {
  return keys.some((key) => TUNED.pattern.test(key) || JACOBIAN.pattern.test(key));
}

/**
 * jlenskit: `A_{l}`, `b_{l}` is h + A h + b on the stream entering block l, as tuned-lens. `J_{l}` (`layer_{l}` in its
 * own code) has the same entering index, so that it is jacobian-lens' J_{l−1} (formats.md).
 */
export function jlenskitParts({ tensors, metadata }: Pick<NamedTensors, "tensors" | "metadata">): LensParts {
  if (metadata[META] === undefined) {
    const reason = `the keys are jlenskit's (A_0, b_0 or J_0), but the metadata \`${META}\` is missing`;
    throw new LensFileError("lens.keys", reason);
  }
  const shared = { dialect: "jlenskit", provenance: metadata, capturePoint: null, targetLayer: null } as const;
  const names = [...tensors.keys()];
  if (names.some((name) => TUNED.pattern.test(name))) {
    const warnings = ["read as a jlenskit lens: A and b are the residual form on the stream entering block l"];
    return { ...shared, kind: "tuned", form: "residual", layers: byLayer(tensors, TUNED), spare: [], warnings };
  }
  const weight = names[0]?.startsWith("layer_") ? "layer" : "J";
  const byEntry = byLayer(tensors, { ...JACOBIAN, weight });
  const embedding = byEntry.get(0)?.weight;
  const warnings = ["read as a jlenskit lens: its J_l reads the input of block l, used here as J of block l - 1"];
  if (embedding !== undefined) {
    warnings.push(`${embedding.name} reads the embeddings, which no layer here does: left out`);
    byEntry.delete(0);
  }
  if (byEntry.size === 0) {
    throw new LensFileError("jlens.layers", `the only matrix, \`${embedding?.name}\`, reads the embeddings`);
  }
  const layers = new Map([...byEntry].map(([layer, stored]) => [layer - 1, stored]));
  const spare = embedding === undefined ? [] : [embedding];
  return { ...shared, kind: "jacobian", form: "jacobian", layers, spare, warnings };
}
