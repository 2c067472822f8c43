import type { ModelConfig } from "../checkpoint/config.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";

/** How a block makes its linear maps and norms; names are Hugging Face's, below `model.layers.<layer>.`. */
export interface BlockMaps {
  readonly linear: (x: Value, name: string) => Value;
  readonly norm: (x: Value, name: string) => Value;
}

/** Heads of one layer, before the output projection: normed rows [1, T, d] → [1, T, heads × headDim]. */
export type Attend = (layer: number, x: Value, maps: BlockMaps) => Value;

/** GroupQueryAttention takes heads whose size is a multiple of this. */
const HEAD_STEP = 8;

/** Size of a head as keys and values hold it: filled up with zeros, which change no score. */
export function keyWidth({ headDim }: Pick<ModelConfig, "headDim">): number {
  return Math.ceil(headDim / HEAD_STEP) * HEAD_STEP;
}

/**
 * Causal attention over past and new keys. Inputs, shared by the layers of a graph: `past_key.<layer>` and
 * `past_value.<layer>` [1, kvHeads, past, keyWidth] float32; `last_key` [1] int32 = past + T − 1; `keys` [] int32 = past + T;
 * `cos` and `sin` [≥ past + T, headDim / 2]; `positions` [1, T] int64, the rows of them to rotate by; `bias` [1, 1, T, past + T]
 * float32, added to the scores: 0, or −∞ for a token of another prompt (model/engine/pack.ts). What comes later is masked here.
 */
export function attention(graph: GraphBuilder, config: ModelConfig): Attend {
  const { heads, kvHeads, headDim } = config;
  const lastKey = graph.input("last_key", "int32", [1]);
  const keys = graph.input("keys", "int32", []);
  const cos = graph.input("cos", "float32", ["angles", headDim / 2]);
  const sin = graph.input("sin", "float32", ["angles", headDim / 2]);
  const positions = graph.input("positions", "int64", [1, "T"]);
  const bias = graph.input("bias", "float32", [1, 1, "T", "keys"]);
  const interleaved = config.ropeInterleaved === true ? 1 : 0;
  // GroupQueryAttention can rotate by itself, but not heads of every size, and by its own positions where there is no past.
  const rotate = (x: Value, count: number) =>
    graph.op("ms:RotaryEmbedding", [x, positions, cos, sin], { num_heads: count, interleaved });

  const width = keyWidth(config);
  const ints = (...values: number[]) => graph.constant("int64", values, [values.length]);
  const filled = (x: Value, count: number) => {
    if (width === headDim) return x;
    const split = graph.op("Reshape", [x, ints(0, 0, count, headDim)]);
    const padded = graph.op("Pad", [split, ints(0, 0, 0, 0, 0, 0, 0, width - headDim)]);
    return graph.op("Reshape", [padded, ints(0, 0, count * width)]);
  };
  const cut = (x: Value) => {
    if (width === headDim) return x;
    const split = graph.op("Reshape", [x, ints(0, 0, heads, width)]);
    const part = graph.op("Slice", [split, ints(0), ints(headDim), ints(3)]);
    return graph.op("Reshape", [part, ints(0, 0, heads * headDim)]);
  };

  return (layer, x, { linear, norm }) => {
    const headNorm = (y: Value, count: number, name: string) => {
      if (!config.qkNorm) return y;
      const split = graph.op("Reshape", [y, ints(0, 0, count, headDim)]);
      return graph.op("Reshape", [norm(split, name), ints(0, 0, count * headDim)]);
    };
    const query = filled(rotate(headNorm(linear(x, "self_attn.q_proj"), heads, "self_attn.q_norm"), heads), heads);
    const key = filled(rotate(headNorm(linear(x, "self_attn.k_proj"), kvHeads, "self_attn.k_norm"), kvHeads), kvHeads);
    const value = filled(linear(x, "self_attn.v_proj"), kvHeads);
    const shape = [1, kvHeads, "past", width];
    const past = [`past_key.${layer}`, `past_value.${layer}`].map((name) => graph.input(name, "float32", shape));
    const present = [`present_key.${layer}`, `present_value.${layer}`];
    const [attended] = graph.ops(
      "ms:GroupQueryAttention",
      [query, key, value, ...past, lastKey, keys, "", "", "", bias],
      [graph.name("attended"), ...present],
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: { float: 1 / Math.sqrt(headDim) },
        do_rotary: 0,
        local_window_size: config.slidingWindow ?? -1,
      },
    );
    for (const name of present) graph.output(name, "float32", [1, kvHeads, "keys", width]);
    return cut(attended!);
  };
}
