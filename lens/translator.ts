import { readLayer } from "./files/read_layer.ts";
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
  return await readLayer(source, bias === null ? { weight } : { weight, bias }, form, dModel);
}
