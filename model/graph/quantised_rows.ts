import type { GraphBuilder, Value } from "./graph_builder.ts";

/** Codes of an int8 half run from −LARGEST to LARGEST. */
export const LARGEST = 127;
/** A low half counts this much less than a high one: its largest code is half a step of the high half. */
export const HALF_STEPS = 254;
/** Explicit unsigned activations: what stands for 0. */
export const ZERO_POINT = 128;
/** Below every row's largest value that matters: a row of zeros is divided by it. */
const TINY = 1e-30;

/** Rows x [..., K] as x ≈ r · (h + l / 254) with r = max|x| / 127 of each row and int8 halves h and l. */
export interface QuantisedRows {
  /** h + 128 and l + 128, [..., K] uint8. */
  readonly high: Value;
  readonly low: Value;
  /** Of each row h + 128 and l + 128, [..., 2, K] uint8. */
  readonly halves: Value;
  /** What the products with h and with l are added with: r and r / 254, [..., 1, 2] float32. */
  readonly coefficients: Value;
  /** r, [..., 1] float32. */
  readonly scale: Value;
}

/** Every row by its own largest value: what its neighbours are changes nothing. */
export function quantiseRows(graph: GraphBuilder, x: Value): QuantisedRows {
  const float = (value: number) => graph.constant("float32", [value]);
  const zero = graph.constant("uint8", [ZERO_POINT]);
  const lastAxis = graph.constant("int64", [-1], [1]);
  const beforeLast = graph.constant("int64", [-2], [1]);
  const largest = graph.op("ReduceMax", [graph.op("Abs", [x]), lastAxis], { keepdims: 1 });
  const scale = graph.op("Mul", [graph.op("Max", [largest, float(TINY)]), float(1 / LARGEST)]);
  const steps = graph.op("Div", [x, scale]);
  const high = graph.op("QuantizeLinear", [steps, float(1), zero]);
  const rest = graph.op("Sub", [steps, graph.op("DequantizeLinear", [high, float(1), zero])]);
  const low = graph.op("QuantizeLinear", [rest, float(1 / HALF_STEPS), zero]);
  const alone = (value: Value) => graph.op("Unsqueeze", [value, beforeLast]);
  const coefficients = graph.op("Concat", [scale, graph.op("Mul", [scale, float(1 / HALF_STEPS)])], { axis: -1 });
  return {
    high,
    low,
    halves: graph.op("Concat", [alone(high), alone(low)], { axis: -2 }),
    coefficients: alone(coefficients),
    scale,
  };
}
