import type { Json, LayerTensors, LensDialect, LensForm } from "./lens_file.ts";
import type { StridedTensor } from "./strided_tensor.ts";

/** What a dialect makes of a file: the layers in this service's indices, before shapes are compared. */
export interface LensParts {
  readonly kind: "tuned" | "jacobian";
  readonly form: LensForm;
  readonly dialect: LensDialect;
  readonly layers: ReadonlyMap<number, LayerTensors>;
  readonly spare: readonly StridedTensor[];
  readonly provenance: { readonly [key: string]: Json };
  readonly capturePoint: string | null;
  readonly targetLayer: number | null;
  readonly warnings: readonly string[];
}
