import { join } from "node:path";
import { torchSave, whole } from "../../lens/files/write/torch_save.ts";
import { readLensFile } from "../../lens/files/read_lens.ts";
import { jacobianLens, type Lens, tunedLens } from "../../lens/lens.ts";
import type { TranslatorSource } from "../../lens/translator.ts";
import type { CheckContext } from "./check.ts";

/** A lens out of a file: what reads what, and where the translators lie. */
export interface FiledLens {
  readonly lens: Lens;
  translator(layer: number): TranslatorSource;
}

/**
 * A tuned lens whose translators are all zero, as tuned-lens saves one. Its layers share one storage, as torch allows: the
 * lens of a large model takes the room of one matrix.
 */
export async function zeroTunedLens({ folder, model }: Pick<CheckContext, "folder" | "model">): Promise<FiledLens> {
  const { layers: depth, dModel } = model;
  const layers = Array.from({ length: depth }, (_, layer) => layer);
  const dict = new Map(layers.flatMap((layer) => [
    [`${layer}.weight`, whole("0", [dModel, dModel])] as const,
    [`${layer}.bias`, whole("1", [dModel])] as const,
  ]));
  const path = join(folder, "zero.pt");
  await Deno.writeFile(path, torchSave(dict, { 0: new Uint8Array(dModel ** 2 * 4), 1: new Uint8Array(dModel * 4) }));
  return { lens: tunedLens({ layers, depth }), translator: await translatorsOf(path) };
}

/** A Jacobian lens with J = 1 in every layer, float16 as jacobian-lens saves one; the last block is left to the model. */
export async function identityJacobianLens(
  { folder, model }: Pick<CheckContext, "folder" | "model">,
): Promise<FiledLens> {
  const { layers: depth, dModel } = model;
  const layers = Array.from({ length: Math.max(1, depth - 1) }, (_, layer) => layer);
  const identity = new Float16Array(dModel ** 2);
  for (let i = 0; i < dModel; i++) identity[i * (dModel + 1)] = 1;
  const dict = new Map<string, Parameters<typeof torchSave>[0]>([
    ["J", new Map(layers.map((layer) => [layer, whole("0", [dModel, dModel], "HalfStorage")]))],
    ["n_prompts", 1],
    ["source_layers", layers],
    ["d_model", dModel],
  ]);
  const path = join(folder, "identity.pt");
  await Deno.writeFile(path, torchSave(dict, { 0: new Uint8Array(identity.buffer) }));
  return { lens: jacobianLens({ layers, depth }), translator: await translatorsOf(path) };
}

/** Through the reader that uploads go through. */
async function translatorsOf(file: string): Promise<(layer: number) => TranslatorSource> {
  await using read = await readLensFile(file);
  const { tensors, form, dModel } = read.contents;
  return (layer) => {
    const { weight, bias = null } = tensors.get(layer)!;
    return { key: `${file} ${layer}`, file, form, dModel, weight, bias };
  };
}
