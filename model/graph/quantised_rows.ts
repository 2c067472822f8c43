import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";

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
  /** The same rows for a product whose form depends on their number; made when it is asked for. */
  readonly byRows: () => FlatRows;
}

/** Rows below each other, [R, K]: few of them go through one product with both halves, which reads the weights once. */
export interface FlatRows {
  /** Whether they are few, [1] bool, and how many, [1] int64. */
  readonly few: Value;
  readonly count: Value;
  /** h + 128 of the rows, below them l + 128 where they are few. */
  readonly first: Value;
  /** l + 128; no row where they are few. */
  readonly second: Value;
  /** h + 128, [R, K] uint8. */
  readonly high: Value;
  /** r, [R, 1] float32. */
  readonly scale: Value;
  /** All dimensions of x but the last, int64. */
  readonly shape: Value;
}

/** Up to here reading the weights takes longer than multiplying by them. */
const FEW_ROWS = 16;

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
  let flat: FlatRows | undefined;
  return {
    byRows: () => flat ??= flatRows(graph, x, high, low, scale),
    high,
    low,
    halves: graph.op("Concat", [alone(high), alone(low)], { axis: -2 }),
    coefficients: alone(coefficients),
    scale,
  };
}

function flatRows(graph: GraphBuilder, x: Value, high: Value, low: Value, scale: Value): FlatRows {
  const ints = (...values: number[]) => graph.constant("int64", values, [values.length]);
  const all = graph.op("Shape", [x]);
  const width = graph.op("Slice", [all, ints(-1), ints(2 ** 31 - 1), ints(0)]);
  const flatShape = graph.op("Concat", [ints(-1), width], { axis: 0 });
  const [flatHigh, flatLow] = [high, low].map((codes) => graph.op("Reshape", [codes, flatShape])) as [Value, Value];
  const count = graph.op("Slice", [graph.op("Shape", [flatHigh]), ints(0), ints(1), ints(0)]);
  const few = graph.op("LessOrEqual", [count, ints(FEW_ROWS)]);
  const stacked = graph.op("Mul", [count, graph.op("Cast", [few], { to: castTo("int64") })]);
  return {
    few,
    count,
    first: graph.op("Concat", [flatHigh, graph.op("Slice", [flatLow, ints(0), stacked, ints(0)])], { axis: 0 }),
    second: graph.op("Slice", [flatLow, stacked, ints(2 ** 31 - 1), ints(0)]),
    high: flatHigh,
    scale: graph.op("Reshape", [scale, ints(-1, 1)]),
    shape: graph.op("Slice", [all, ints(0), ints(-1), ints(0)]),
  };
}
