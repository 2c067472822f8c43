import type { Site } from "./sites.ts";

export const LENS_KINDS = ["logit", "tuned", "jacobian"] as const;
export type LensKind = (typeof LENS_KINDS)[number];

/** What a lens decodes in place of a cell's state, before norm and lm_head. */
export type Reading =
  /** The state itself. */
  | { readonly by: "identity" }
  /** The model's own output at that position, whatever the cell's state. */
  | { readonly by: "output" }
  /** The state through translator `layer` of the lens' file. */
  | { readonly by: "translator"; readonly layer: number; readonly warning?: string };

/**
 * A lens: which translator reads which site of which block (numerics.md, Lenses). Pure: it knows the layers of its file and
 * the depth of the model, and holds no weights.
 */
export interface Lens {
  readonly kind: LensKind;
  /** null: the lens has nothing to say there. */
  reading(site: Site, layer: number): Reading | null;
}

/** Layers for which a lens has a reading of a site, ascending. */
export function layersOf(lens: Lens, site: Site, layers: number): number[] {
  return Array.from({ length: layers }, (_, layer) => layer).filter((layer) => lens.reading(site, layer) !== null);
}

/** U(x) at every site. */
export const LOGIT_LENS: Lens = { kind: "logit", reading: () => ({ by: "identity" }) };

/** Where the layers of a lens file lie in the model. */
export interface LensLayers {
  /** In this service's convention (lens/files). */
  readonly layers: readonly number[];
  /** Blocks of the model. */
  readonly depth: number;
}

/** Tuned lens: translator l was trained on the input of block l, so the output of block l is read by translator l + 1. */
export function tunedLens({ layers, depth }: LensLayers): Lens {
  return {
    kind: "tuned",
    reading: (site, layer) => {
      if (site === "resid_post") return layer === depth - 1 ? { by: "output" } : translator(layers, layer + 1);
      return site === "resid_pre"
        ? translator(layers, layer)
        : translator(layers, layer, outside(site, "tuned", "input"));
    },
  };
}

/** Jacobian lens: J_l was fitted on the output of block l, so the input of block l is read by J_{l−1}. */
export function jacobianLens({ layers, depth }: LensLayers): Lens {
  return {
    kind: "jacobian",
    reading: (site, layer) => {
      if (site === "resid_post") return layer === depth - 1 ? { by: "output" } : translator(layers, layer);
      if (site === "resid_pre") return translator(layers, layer - 1);
      return translator(layers, layer, outside(site, "Jacobian", "output"));
    },
  };
}

/**
 * The tables of DanYuDE/Research-Project: translator l on what belongs to block l, its output included, unshifted; the last
 * block's output is the model's. The input of block l is the output of block l − 1 and reads as that.
 */
export function danyudeLens({ layers, depth }: LensLayers): Lens {
  return {
    kind: "tuned",
    reading: (site, layer) => {
      if (site === "resid_post" && layer === depth - 1) return { by: "output" };
      return translator(layers, site === "resid_pre" ? layer - 1 : layer, DANYUDE);
    },
  };
}

const DANYUDE =
  "read as DanYuDE/Research-Project does: normed before the translator and again after it, unshifted index";

function translator(layers: readonly number[], layer: number, warning?: string): Reading | null {
  if (!layers.includes(layer)) return null;
  return warning === undefined ? { by: "translator", layer } : { by: "translator", layer, warning };
}

function outside(site: Site, kind: string, trainedOn: string): string {
  return `${site} lies outside what a ${kind} lens was trained on: the ${trainedOn} of a block`;
}
