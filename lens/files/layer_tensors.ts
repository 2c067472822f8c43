import type { LayerTensors } from "./lens_file.ts";
import { LensFileError, shown, shownShape } from "./lens_file_error.ts";
import type { LensDType, StridedTensor } from "./strided_tensor.ts";

/** Where the lens is to be used; a refusal then says what this model needs. */
export interface ModelShape {
  readonly dModel: number;
  /** Blocks. */
  readonly layers: number;
}

/** No model has this many blocks; a larger index is a mistake or an attack. */
const MAX_LAYERS = 10_000;

/** How a dialect names a layer's tensors: the groups `layer` and `part`, the part being in `weight` or `bias`. */
export interface LayerKeys {
  readonly pattern: RegExp;
  readonly weight: string;
  /** null: the lens has no biases. */
  readonly bias: string | null;
  /** The name of a tensor, for "`2.bias` is missing". */
  name(layer: number, part: string): string;
}

/**
 * Sorts named tensors by layer, with the dialect's own indices.
 *
 * @throws {LensFileError} rule `lens.keys`, naming the tensor that is missing or not part of the lens
 */
export function byLayer(tensors: ReadonlyMap<string, StridedTensor>, keys: LayerKeys): Map<number, LayerTensors> {
  const found = new Map<number, { weight?: StridedTensor; bias?: StridedTensor }>();
  for (const [name, tensor] of tensors) {
    const { layer, part } = keys.pattern.exec(name)?.groups ?? {};
    if (layer === undefined || part !== keys.weight && part !== keys.bias) {
      throw new LensFileError("lens.keys", `tensor \`${shown(name)}\` is not part of the lens`);
    }
    const index = layerIndex(layer, name);
    found.set(index, { ...found.get(index), [part === keys.weight ? "weight" : "bias"]: tensor });
  }
  const biases = [...found.values()].some(({ bias }) => bias !== undefined);
  const complete: [number, LayerTensors][] = [...found].sort(([a], [b]) => a - b).map(([layer, { weight, bias }]) => {
    if (weight === undefined) throw missing(keys.name(layer, keys.weight));
    if (bias === undefined && biases) throw missing(keys.name(layer, keys.bias ?? ""));
    return [layer, bias === undefined ? { weight } : { weight, bias }];
  });
  if (complete.length === 0) {
    throw new LensFileError("lens.keys", "the file holds no translator at all: a lens has one a layer");
  }
  return new Map(complete);
}

export function layerIndex(text: string, name: string): number {
  const index = Number(text);
  if (!/^(0|[1-9][0-9]*)$/.test(text) || index >= MAX_LAYERS) {
    throw new LensFileError(
      "lens.keys",
      `\`${shown(name)}\`: ${shown(text)} is no layer index (0 to ${MAX_LAYERS - 1})`,
    );
  }
  return index;
}

export function missing(name: string): LensFileError {
  return new LensFileError("lens.keys", `\`${shown(name)}\` is missing`);
}

/**
 * Every weight is one and the same [d, d], every bias [d].
 *
 * @returns d
 * @throws {LensFileError} rule `lens.shape`: "layer 7 `7.weight` is [4096, 4095]; …"
 */
export function commonWidth(layers: ReadonlyMap<number, LayerTensors>, model: ModelShape | undefined): number {
  const weights = [...layers.values()].map(({ weight }) => weight.shape);
  const square = weights.find(([rows, columns, ...more]) => more.length === 0 && rows === columns);
  const d = square?.[0] ?? model?.dModel ?? weights[0]?.at(-1) ?? 0;
  const needs = (shape: readonly number[]) => {
    if (model?.dModel === d) return `this model needs ${shownShape(shape)}`;
    return square === undefined ? "a translator is square" : `beside the others it must be ${shownShape(shape)}`;
  };
  for (const [layer, { weight, bias }] of layers) {
    const wanted: [StridedTensor | undefined, number[]][] = [[weight, [d, d]], [bias, [d]]];
    for (const [tensor, shape] of wanted) {
      if (tensor !== undefined && shownShape(tensor.shape) !== shownShape(shape)) {
        const reason = `layer ${layer} \`${shown(tensor.name)}\` is ${shownShape(tensor.shape)}; ${needs(shape)}`;
        throw new LensFileError("lens.shape", reason);
      }
    }
  }
  return d;
}

/** The dtype of most weights; of two equally common, the first. */
export function commonestDType(layers: ReadonlyMap<number, LayerTensors>): LensDType {
  const counts = new Map<LensDType, number>();
  for (const { weight: { dtype } } of layers.values()) counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  return [...counts].reduce((best, next) => next[1] > best[1] ? next : best)[0];
}
