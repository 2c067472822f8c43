import { readLayer } from "./read_layer.ts";
import type { Source } from "./source.ts";
import type { LensDType, Region, StridedTensor } from "./strided_tensor.ts";

/** The two tensors of a layer as they lie in the file. */
export interface LayerTensors {
  /** [d_model (out), d_model (in)]. */
  readonly weight: StridedTensor;
  /** [d_model]. */
  readonly bias?: StridedTensor;
}

/**
 * What the stored weight W is:
 * `residual`: h + W h + b (tuned-lens, jlenskit) · `full_map`: W h + b, so that the residual weight is W − 1 (mlxterp) ·
 * `jacobian`: W h.
 */
export type LensForm = "residual" | "full_map" | "jacobian";

/** Which tool's layout the file has (formats.md). */
export type LensDialect = "tuned-lens" | "jacobian-lens" | "jlenskit" | "mlxterp";

/** A JSON value out of the file. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a lens file holds, in this service's convention; plain data, every range checked against the file. */
export interface LensContents {
  readonly kind: "tuned" | "jacobian";
  /**
   * Layers in rising order. Tuned: translator l reads the input of block l (L: the last block's output, in files whose
   * translators read outputs). Jacobian: J_l reads the output of block l.
   */
  readonly layers: readonly number[];
  readonly dModel: number;
  /** As stored; the commonest where dtypes are mixed. */
  readonly dtype: LensDType;
  readonly form: LensForm;
  readonly tensors: ReadonlyMap<number, LayerTensors>;
  /** Tensors of the lens that no layer here can use (jlenskit's J_0 reads the embeddings); they are checked all the same. */
  readonly spare: readonly StridedTensor[];
  readonly dialect: LensDialect;
  readonly container: "torch" | "safetensors" | "npz";
  /** What the file says of its origin: `n_prompts`, `source_layers`, `provenance`, a safetensors file's metadata, … */
  readonly provenance: { readonly [key: string]: Json };
  /** Jacobian: where it says that it was captured; null where it does not say. */
  readonly capturePoint: string | null;
  /** Jacobian: the block whose output it differentiates, as the file gives it; null where it does not say. */
  readonly targetLayer: number | null;
  /** Jacobian: the matrix of the highest layer is exactly 1. */
  readonly lastIsIdentity: boolean;
  /** Sentences for people: what was read in another convention than the file's own, what was left out. */
  readonly warnings: readonly string[];
  /** Every stored run of bytes, in file order; for the one pass of {@link scanFinite}. */
  readonly regions: readonly Region[];
}

/** One translator in this service's form, float32. */
export interface Translator {
  /** [d_model (out), d_model (in)], row-major. Tuned: W of h + W h + b. Jacobian: J. */
  readonly weight: Float32Array<ArrayBuffer>;
  /** [d_model]; null for a Jacobian, and for a tuned lens without biases. */
  readonly bias: Float32Array<ArrayBuffer> | null;
}

/** A lens file that was read: what it holds, and the bytes to take it from. */
export class LensFile {
  constructor(readonly contents: LensContents, readonly source: Source) {}

  /** Reads one layer's tensors, and nothing else, from the file. @throws {RangeError} for a layer that the lens lacks */
  async materialise(layer: number): Promise<Translator> {
    const { tensors, form, dModel } = this.contents;
    const stored = tensors.get(layer);
    if (stored === undefined) throw new RangeError(`the lens has no layer ${layer}`);
    return await readLayer(this.source, stored, form, dModel);
  }
}

/** A lens file opened by path: close it when done. */
export class OpenLensFile extends LensFile implements AsyncDisposable {
  readonly #opened: AsyncDisposable;

  constructor(contents: LensContents, source: Source & AsyncDisposable) {
    super(contents, source);
    this.#opened = source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }
}
