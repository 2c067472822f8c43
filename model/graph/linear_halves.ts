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
  if (stacked === "always") return stackedSum(graph, rows, product(rows.halves, high, 1), rest(), output);
  if (stacked === "few rows") {
    const { few, first, second, high: flat } = rows.byRows();
    const [one, other] = [product(first, high, 1), product(second, high, 1)];
    const last = low && product(flat, low, 1 / HALF_STEPS);
    return sumByRows(graph, rows, { few, one, other, last, out: high.shape[1]! }, output);
  }
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

interface ByRows {
  /** Whether `one` has the products of both halves, one below the other, and `other` no row. */
  readonly few: Value;
  readonly one: Value;
  readonly other: Value;
  readonly last: Value | undefined;
  /** Columns of each. */
  readonly out: number;
}

/**
 * The same sums in the same order for any number of rows, so that what runs together changes no bit. The branches hold no
 * weights, which would be packed once more for them.
 */
function sumByRows(graph: GraphBuilder, rows: QuantisedRows, of: ByRows, output?: Value): Value {
  const { count, scale, shape } = rows.byRows();
  const ints = (...values: number[]) => graph.constant("int64", values, [values.length]);
  const { one, other, last } = of;
  const added = (high: Value, low: Value) => {
    const sum = graph.op("Add", [high, graph.op("Mul", [low, graph.constant("float32", [1 / HALF_STEPS])])]);
    return graph.op("Mul", [last === undefined ? sum : graph.op("Add", [sum, last]), scale]);
  };
  const sum = graph.either(of.few, () => {
    const high = graph.op("Slice", [one, ints(0), count, ints(0)]);
    const low = graph.op("Slice", [one, count, ints(MOST_ROWS), ints(0)]);
    return added(high, low);
  }, () => added(one, other));
  return graph.op("Reshape", [sum, graph.op("Concat", [shape, ints(of.out)], { axis: 0 })], {}, output);
}

/** More than there are. */
const MOST_ROWS = 2 ** 31 - 1;

/** w + 128 as uint8; ONNX Runtime folds it when it loads the graph. */
function unsigned(graph: GraphBuilder, weights: TensorSource<"I8">): Value {
  const wide = graph.op("Cast", [graph.stored(weights)], { to: castTo("int32") });
  return graph.op("Cast", [graph.op("Add", [wide, graph.constant("int32", [ZERO_POINT])])], { to: castTo("uint8") });
}
