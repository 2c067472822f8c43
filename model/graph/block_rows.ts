import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";

const LARGEST = 127;
/** Below every block's largest value that matters: a block of zeros is divided by it. */
const TINY = 1e-30;

/** Rows x [..., K] cut into blocks along K, as matrices in blocks need them; each made where it is asked for, once. */
export class BlockRows {
  #halves: Value | undefined;
  #sums: Value | undefined;

  constructor(
    readonly graph: GraphBuilder,
    readonly x: Value,
    readonly size: Pick<BlocksMatrix, "in" | "block">,
  ) {}

  /**
   * x = h + l, [..., 2, K]: h in whole steps of 1/127 of its block's largest value, which MatMulNBits' own rounding to int8
   * keeps as they are, and l, which it rounds by its own largest value. Both products together lose 254 times less than
   * one of x would.
   */
  halves(): Value {
    return this.#halves ??= this.#split();
  }

  /** Sums over each block, [..., K / block]: what the mins of the weights are multiplied with. */
  sums(): Value {
    const last = this.graph.constant("int64", [-1], [1]);
    return this.#sums ??= this.graph.op("ReduceSum", [this.#blocks(), last], { keepdims: 0 });
  }

  #split(): Value {
    const { graph, size } = this;
    const float = (value: number) => graph.constant("float32", [value]);
    const blocks = this.#blocks();
    const last = graph.constant("int64", [-1], [1]);
    const largest = graph.op("ReduceMax", [graph.op("Abs", [blocks]), last], { keepdims: 1 });
    const step = graph.op("Mul", [graph.op("Max", [largest, float(TINY)]), float(1 / LARGEST)]);
    const high = graph.op("Mul", [graph.op("Round", [graph.op("Div", [blocks, step])]), step]);
    const low = graph.op("Sub", [blocks, high]);
    const row = (half: Value) => graph.op("Reshape", [half, graph.constant("int64", [0, 0, 1, size.in], [4])]);
    return graph.op("Concat", [row(high), row(low)], { axis: -2 });
  }

  #blocks(): Value {
    const { graph, x, size } = this;
    return graph.op("Reshape", [x, graph.constant("int64", [0, 0, size.in / size.block, size.block], [4])]);
  }
}
