import type { GraphBuilder, Value } from "./graph_builder.ts";

/** Tokens a block. Measured: 32 to 128 are alike; a whole row in one TopK costs ten times as much. */
const BLOCK = 64;
/** Stands where a block has no token; with an id past every token's it loses even a tie. */
const LOWEST = -3.4028234663852886e38;

/**
 * The logits [positions, rows, vocabulary] cut into blocks of 64 tokens, with the maximum of each. One pass over the logits
 * finds them; what wants the highest logits then looks into few blocks.
 */
export class LogitBlocks {
  readonly #graph: GraphBuilder;
  readonly #count: number;
  /** [positions, rows, blocks, 64] */
  readonly #blocks: Value;
  /** [positions, rows, blocks] */
  readonly #maxima: Value;

  constructor(graph: GraphBuilder, logits: Value, vocabulary: number) {
    this.#graph = graph;
    this.#count = Math.ceil(vocabulary / BLOCK);
    const whole = this.#padded(logits, this.#count * BLOCK - vocabulary);
    // 0 keeps a dimension: ONNX Runtime can follow the shape, and computes in place what it can follow.
    this.#blocks = graph.op("Reshape", [whole, this.#ints(0, 0, this.#count, BLOCK)]);
    this.#maxima = graph.op("ReduceMax", [this.#blocks, this.#ints(3)], { keepdims: 0 });
  }

  /** Highest logit [positions, rows, 1] and its token id [positions, rows, 1] int64, the lowest id among equals. */
  highest(): { readonly logit: Value; readonly id: Value } {
    const block = this.#graph.op("ArgMax", [this.#maxima], { axis: 2, keepdims: 1 });
    const within = this.#graph.op("ArgMax", [this.#take(block)], { axis: 3, keepdims: 0 });
    return {
      logit: this.#graph.op("ReduceMax", [this.#maxima, this.#ints(2)], { keepdims: 1 }),
      id: this.#graph.op("Add", [this.#graph.op("Mul", [block, this.#ints(BLOCK)]), within]),
    };
  }

  /**
   * The `k` [1] int64 highest logits [positions, rows, k] and their ids [positions, rows, k] int64: highest first, lower id
   * first among equals.
   *
   * Exact in two steps: a token outside the k blocks of highest maxima (lower block first among equals) has k tokens before
   * it, one in each. The winning blocks are put in ascending order, so that TopK's tie-break by place is one by id.
   */
  top(k: Value): { readonly logits: Value; readonly ids: Value } {
    const graph = this.#graph;
    const blocks = graph.op("Min", [k, this.#ints(this.#count)]);
    const winners = graph.name("winners");
    graph.ops("TopK", [this.#maxima, blocks], [graph.name("maxima"), winners], { axis: 2 });
    const ascending = graph.name("ascending");
    graph.ops("TopK", [winners, blocks], [ascending, graph.name("order")], { axis: 2, largest: 0 });
    const candidates = graph.op("Reshape", [this.#take(ascending), this.#ints(0, 0, -1)]);
    const logits = graph.name("logits");
    const place = graph.name("place");
    graph.ops("TopK", [candidates, k], [logits, place], { axis: 2 });
    const block = graph.op("GatherElements", [ascending, graph.op("Div", [place, this.#ints(BLOCK)])], { axis: 2 });
    const within = graph.op("Mod", [place, this.#ints(BLOCK)]);
    return { logits, ids: graph.op("Add", [graph.op("Mul", [block, this.#ints(BLOCK)]), within]) };
  }

  /** Blocks [positions, rows, n, 64] by their numbers [positions, rows, n]. */
  #take(numbers: Value): Value {
    const index = this.#graph.op("Unsqueeze", [numbers, this.#ints(3)]);
    return this.#graph.op("GatherND", [this.#blocks, index], { batch_dims: 2 });
  }

  #padded(logits: Value, missing: number): Value {
    if (missing === 0) return logits;
    const pads = this.#ints(0, 0, 0, 0, 0, missing);
    return this.#graph.op("Pad", [logits, pads, this.#graph.constant("float32", [LOWEST])]);
  }

  #ints(...values: number[]): Value {
    return this.#graph.constant("int64", values, [values.length]);
  }
}
