import type { LayerTensors, LensForm, Translator } from "./lens_file.ts";
import { readFloat32 } from "./read_rows.ts";
import type { Source } from "./source.ts";

/** Reads one layer's tensors and nothing else, [d_model, d_model] and [d_model] float32, from any stored dtype. */
export async function readLayer(
  source: Source,
  { weight, bias }: LayerTensors,
  form: LensForm | "danyude",
  dModel: number,
): Promise<Translator> {
  const [matrix, vector] = await Promise.all([
    readFloat32(source, weight),
    bias === undefined ? null : readFloat32(source, bias),
  ]);
  if (form === "full_map") subtractIdentity(matrix, dModel);
  return { weight: matrix, bias: vector };
}

/** A full map W is the residual form's W − 1. */
function subtractIdentity(matrix: Float32Array, dModel: number): void {
  for (let at = 0; at < matrix.length; at += dModel + 1) matrix[at]! -= 1;
}
