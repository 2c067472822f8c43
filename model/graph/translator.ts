import type { Weights } from "./stage.ts";
import { castTo, GraphBuilder } from "./graph_builder.ts";

/** How rows x are translated, before norm and lm_head: numerics.md, Lenses. */
export const TRANSLATIONS = ["residual", "jacobian", "danyude"] as const;
export type Translation = (typeof TRANSLATIONS)[number];

/**
 * rows [R, d] → translated rows [R, d] float32, with the translator as an input: one graph serves every lens and layer.
 *
 * Inputs `rows` [R, d], `weight` [d (out), d (in)], `bias` [d]; outputs
 * `residual` x + W x + b · `jacobian` W x · `danyude` n + W n + b of n = norm(x), the model's final norm.
 */
export function translatorGraph({ config, tensors }: Weights): Uint8Array {
  const graph = new GraphBuilder();
  const { dModel } = config;
  const rows = graph.input("rows", "float32", ["R", dModel]);
  const weight = graph.input("weight", "float32", [dModel, dModel]);
  const bias = graph.input("bias", "float32", [dModel]);
  const map = (x: string, output?: string) =>
    graph.op("ms:FusedMatMul", [x, weight], { transB: 1, alpha: { float: 1 } }, output);
  const residual = (x: string, output: string) => graph.op("Add", [graph.op("Add", [x, map(x)]), bias], {}, output);

  residual(rows, "residual");
  map(rows, "jacobian");
  const normed = graph.op("SimplifiedLayerNormalization", [rows, graph.weight(tensors.get("model.norm.weight")!)], {
    axis: -1,
    epsilon: { float: config.rmsNormEps },
    stash_type: castTo("float32"),
  });
  residual(normed, "danyude");
  for (const name of TRANSLATIONS) graph.output(name, "float32", ["R", dModel]);
  return graph.build();
}
