import { readFloat32 } from "./files/read_rows.ts";
import { openSource } from "./files/source.ts";
import type { LensForm, Translator } from "./files/lens_file.ts";
import type { StridedTensor } from "./files/strided_tensor.ts";

/** Where one translator lies, and what it does; plain JSON, so that it can travel to the engine. */
export interface TranslatorSource {
  /** The same weights have the same key: digest of the file and layer. */
  readonly key: string;
  readonly file: string;
  /** What the stored weight is; `danyude`: residual form on the normed state (numerics.md). */
  readonly form: LensForm | "danyude";
  readonly dModel: number;
  readonly weight: StridedTensor;
  readonly bias: StridedTensor | null;
}

/** Reads one translator, [d_model, d_model] and [d_model] float32, from any stored dtype. */
export async function readTranslator({ file, form, dModel, weight, bias }: TranslatorSource): Promise<Translator> {
  await using source = await openSource(file);
  const [matrix, vector] = await Promise.all([readFloat32(source, weight), bias && readFloat32(source, bias)]);
  if (form === "full_map") subtractIdentity(matrix, dModel);
  return { weight: matrix, bias: vector };
}

/** A full map W is the residual form's W − 1. */
export function subtractIdentity(matrix: Float32Array, dModel: number): void {
  for (let at = 0; at < matrix.length; at += dModel + 1) matrix[at]! -= 1;
}
