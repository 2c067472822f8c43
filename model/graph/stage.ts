import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { attention } from "./attention.ts";
import { embedding } from "./embedding.ts";
import { castTo, GraphBuilder, type Value } from "./graph_builder.ts";
import { linearMaps } from "./linear.ts";
import { stateName } from "./states.ts";

/** What a graph is made from. */
export type Weights = Pick<Checkpoint, "config" | "tensors" | "matrices">;

/**
 * Consecutive blocks `from`…`to − 1` of the model as one ONNX graph (numerics.md, The model).
 *
 * Inputs: `ids` [1, T] int32 for the first stage, `hidden` [1, T, d] float32 for the others; `rows` [R] int32, positions
 * of the chunk to keep; those of `attention`.
 * Outputs: `<site>.<layer>` [1, R, d] for the kept rows of every distinct state, `hidden_out` [1, T, d],
 * `present_key.<layer>` and `present_value.<layer>` [1, kvHeads, past + T, headDim].
 */
export function stageGraph({ config, tensors, matrices }: Weights, from: number, to: number): Uint8Array {
  const graph = new GraphBuilder();
  const rows = graph.input("rows", "int32", ["R"]);
  const keep = (state: Value, name: string) => {
    graph.op("Gather", [state, rows], { axis: 1 }, name);
    graph.output(name, "float32", [1, "R", config.dModel]);
  };
  const attend = attention(graph, config);
  const multiply = linearMaps(graph);

  let hidden: Value;
  if (from === 0) {
    const name = "model.embed_tokens.weight";
    const matrix = matrices?.get(name);
    const ids = graph.input("ids", "int32", [1, "T"]);
    hidden = embedding(graph, ids, matrix?.form === "blocks" ? matrix : tensor(tensors, name));
    keep(hidden, stateName("resid_pre", 0));
  } else {
    hidden = graph.input("hidden", "float32", [1, "T", config.dModel]);
  }
  for (let layer = from; layer < to; layer++) {
    const at = (name: string) => tensors.get(`model.layers.${layer}.${name}`);
    const linear = (x: Value, name: string) => {
      const weight = `model.layers.${layer}.${name}.weight`;
      const product = multiply(x, matrices?.get(weight) ?? { form: "float", weight: tensor(tensors, weight) });
      const bias = at(`${name}.bias`);
      return bias ? graph.op("Add", [product, graph.weight(bias)]) : product;
    };
    const norm = (x: Value, name: string) =>
      rmsNorm(graph, x, tensor(tensors, `model.layers.${layer}.${name}.weight`), config.rmsNormEps);

    const attended = attend(layer, norm(hidden, "input_layernorm"), { linear, norm });
    const attnOut = linear(attended, "self_attn.o_proj");
    const residMid = graph.op("Add", [hidden, attnOut]);
    const x = norm(residMid, "post_attention_layernorm");
    const gated = graph.op("ms:QuickGelu", [linear(x, "mlp.gate_proj")], { alpha: { float: 1 } });
    const mlpOut = linear(graph.op("Mul", [gated, linear(x, "mlp.up_proj")]), "mlp.down_proj");
    hidden = graph.op("Add", [residMid, mlpOut], {}, layer === to - 1 ? "hidden_out" : undefined);

    keep(attnOut, stateName("attn_out", layer));
    keep(residMid, stateName("resid_mid", layer));
    keep(mlpOut, stateName("mlp_out", layer));
    keep(hidden, stateName("resid_post", layer));
  }
  graph.output("hidden_out", "float32", [1, "T", config.dModel]);
  return graph.build();
}

/** RMSNorm over the last dimension, its variance in float32: x / sqrt(mean(x²) + eps) × gain. */
function rmsNorm(graph: GraphBuilder, x: Value, gain: TensorSource, epsilon: number): Value {
  return graph.op("SimplifiedLayerNormalization", [x, graph.weight(gain)], {
    axis: -1,
    epsilon: { float: epsilon },
    stash_type: castTo("float32"),
  });
}

function tensor(tensors: ReadonlyMap<string, TensorSource>, name: string): TensorSource {
  const source = tensors.get(name);
  if (!source) throw new Error(`the checkpoint has no ${name}`);
  return source;
}
