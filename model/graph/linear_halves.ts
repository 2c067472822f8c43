import { HALVES_KERNELS, type HalvesMatrix } from "../checkpoint/matrix.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";
import { HALF_STEPS, type QuantisedRows, ZERO_POINT } from "./quantised_rows.ts";

/**
 * x W^T of int8 halves: (h + l / 254) Wh + h Wl / 254; what l Wl / 254² would add is below the rounding of the halves.
 * Written as the matrix' kernel says.
 */
export function halvesProduct(graph: GraphBuilder, rows: QuantisedRows, matrix: HalvesMatrix, output?: Value): Value {
  const { high, low, scale, kernel } = matrix;
  const { bytes, stacked } = HALVES_KERNELS[kernel];
  const zero = graph.constant("uint8", [ZERO_POINT]);
  const product = (codes: Value, weights: TensorSource<"I8">, by: number) => {
    const [b, ...zeroOfB] = bytes === "u8s8" ? [graph.stored(weights)] : [unsigned(graph, weights), zero];
    const factor = graph.constant("float32", [by]);
    return graph.op("ms:MatMulIntegerToFloat", [codes, b!, factor, graph.stored(scale), zero, ...zeroOfB]);
  };
  const rest = () => low && product(rows.high, low, 1 / HALF_STEPS);
  if (stacked) return stackedSum(graph, rows, product(rows.halves, high, 1), rest(), output);
  // Nodes that multiply by the same bytes share one packed copy of them.
  const sum = graph.op("Add", [product(rows.high, high, 1), product(rows.low, high, 1 / HALF_STEPS)]);
  const last = rest();
  return graph.op("Mul", [last === undefined ? sum : graph.op("Add", [sum, last]), rows.scale], {}, output);
}

/** `both` [..., 2, out] are added, with their row's scale, by a product of [1, 2] and [2, out], which reads each once. */
function stackedSum(
  graph: GraphBuilder,
  { coefficients, scale }: QuantisedRows,
  both: Value,
  rest: Value | undefined,
  output?: Value,
): Value {
  const sum = graph.op("MatMul", [coefficients, both]);
  const axis = graph.constant("int64", [-2], [1]);
  if (rest === undefined) return graph.op("Squeeze", [sum, axis], {}, output);
  return graph.op("Add", [graph.op("Squeeze", [sum, axis]), graph.op("Mul", [rest, scale])], {}, output);
}

/** w + 128 as uint8; ONNX Runtime folds it when it loads the graph. */
function unsigned(graph: GraphBuilder, weights: TensorSource<"I8">): Value {
  const wide = graph.op("Cast", [graph.stored(weights)], { to: castTo("int32") });
  return graph.op("Cast", [graph.op("Add", [wide, graph.constant("int32", [ZERO_POINT])])], { to: castTo("uint8") });
}
