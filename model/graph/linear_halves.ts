import type { HalvesMatrix } from "../checkpoint/matrix.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";
import { HALF_STEPS, type QuantisedRows, ZERO_POINT } from "./quantised_rows.ts";

/**
 * x W^T of int8 halves: (h + l / 254) Wh + h Wl / 254; what l Wl / 254² would add is below the rounding of the halves.
 *
 * h and l go through Wh as rows of one product, because every node packs its own copy of a matrix, and are added, with
 * their row's scale, by a product of [1, 2] and [2, out], which reads each once. Measured against three products and sums,
 * and against one product with [Wh; Wl] of twice the depth: as fast or faster, for two bytes a weight.
 */
export function halvesProduct(graph: GraphBuilder, rows: QuantisedRows, matrix: HalvesMatrix, output?: Value): Value {
  const { high, low, scale, kernel } = matrix;
  const zero = graph.constant("uint8", [ZERO_POINT]);
  const product = (codes: Value, weights: TensorSource<"I8">, by: number) => {
    const [b, ...zeroOfB] = kernel === "u8s8" ? [graph.stored(weights)] : [unsigned(graph, weights), zero];
    const factor = graph.constant("float32", [by]);
    return graph.op("ms:MatMulIntegerToFloat", [codes, b!, factor, graph.stored(scale), zero, ...zeroOfB]);
  };
  const both = graph.op("MatMul", [rows.coefficients, product(rows.halves, high, 1)]);
  const axis = graph.constant("int64", [-2], [1]);
  if (low === undefined) return graph.op("Squeeze", [both, axis], {}, output);
  const rest = graph.op("Mul", [product(rows.high, low, 1 / HALF_STEPS), rows.scale]);
  return graph.op("Add", [graph.op("Squeeze", [both, axis]), rest], {}, output);
}

/** w + 128 as uint8; ONNX Runtime folds it when it loads the graph. */
function unsigned(graph: GraphBuilder, weights: TensorSource<"I8">): Value {
  const wide = graph.op("Cast", [graph.stored(weights)], { to: castTo("int32") });
  return graph.op("Cast", [graph.op("Add", [wide, graph.constant("int32", [ZERO_POINT])])], { to: castTo("uint8") });
}
