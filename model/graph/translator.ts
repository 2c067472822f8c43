import { castTo, GraphBuilder } from "./graph_builder.ts";
import type { Weights } from "./stage.ts";

/**
 * rows [R, d] → `translated` [R, d] float32, before norm and lm_head (numerics.md, Lenses). The translator is an input: one
 * graph serves every lens and layer. With n = norm(x), the model's final norm, where `normed` is set and n = x where not:
 *
 * translated = W n + keep·n + b
 *
 * Inputs `rows` [R, d]; `weight` W [d (out), d (in)]; `bias` b [d]; `keep` [1] float32: 1 for a residual form, 0 for a full
 * one; `normed` [1] int32, 0 or 1.
 */
export function translatorGraph({ config, tensors }: Weights): Uint8Array {
  const graph = new GraphBuilder();
  const { dModel } = config;
  const rows = graph.input("rows", "float32", ["R", dModel]);
  const weight = graph.input("weight", "float32", [dModel, dModel]);
  const bias = graph.input("bias", "float32", [dModel]);
  const keep = graph.input("keep", "float32", [1]);
  const isNormed = graph.op("Cast", [graph.input("normed", "int32", [1])], { to: castTo("bool") });

  const normed = graph.op("SimplifiedLayerNormalization", [rows, graph.weight(tensors.get("model.norm.weight")!)], {
    axis: -1,
    epsilon: { float: config.rmsNormEps },
    stash_type: castTo("float32"),
  });
  const base = graph.op("Where", [isNormed, normed, rows]);
  const mapped = graph.op("ms:FusedMatMul", [base, weight], { transB: 1, alpha: { float: 1 } });
  const kept = graph.op("Add", [mapped, graph.op("Mul", [base, keep])]);
  graph.op("Add", [kept, bias], {}, "translated");
  graph.output("translated", "float32", ["R", dModel]);
  return graph.build();
}
