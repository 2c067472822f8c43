import type { Arithmetic, Cell, Distribution } from "../../lens/algebra.ts";
import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";
import type { CountTrue } from "./head_count.ts";

/** Values over the vocabulary: [positions, rows, vocabulary], or of one row a position: [positions, 1, vocabulary]. */
interface Wide {
  readonly value: Value;
  readonly shared: boolean;
}

/** The cells of a head run; numbers and ids are [positions, rows or 1, 1]. */
export type GraphCell = Cell<Value, Wide, Value>;

/** What the head has computed of a set of rows: the parts of a distribution. */
export interface RowValues {
  readonly logits: Value;
  readonly probabilities: Value;
  readonly logSumExp: Value;
  readonly top: Value;
  /** int64 zeros, as many as rows. */
  readonly zeros: Value;
}

/** Reads formulas as nodes: each cell's lens is its row, its output is row 0 of the same position, `compared` its other lens. */
export function graphCell(
  graph: GraphBuilder,
  rows: RowValues,
  compared: RowValues,
  nextToken: Value,
  vocabulary: number,
  count: CountTrue,
): GraphCell {
  const math = arithmetic(graph);
  const first = (value: Value) => graph.op("Gather", [value, graph.constant("int64", [0], [1])], { axis: 1 });
  const output: RowValues = {
    logits: first(rows.logits),
    probabilities: first(rows.probabilities),
    logSumExp: first(rows.logSumExp),
    top: first(rows.top),
    zeros: first(rows.zeros),
  };
  return {
    lens: distribution(graph, rows, false, vocabulary, count),
    output: distribution(graph, output, true, vocabulary, count),
    against: distribution(graph, compared, false, vocabulary, count),
    nextToken,
    math,
  };
}

function distribution(
  graph: GraphBuilder,
  rows: RowValues,
  shared: boolean,
  vocabulary: number,
  count: CountTrue,
): Distribution<Value, Wide, Value> {
  // A token of the position is looked up in each of its rows.
  const logit = (token: Value) =>
    graph.op("GatherElements", [rows.logits, graph.op("Add", [token, rows.zeros])], { axis: 2 });
  const probabilities: Wide = { value: rows.probabilities, shared };
  return {
    logits: { value: rows.logits, shared },
    probabilities,
    logSumExp: rows.logSumExp,
    top: rows.top,
    mean: (values) => dot(graph, probabilities, values, rows.logSumExp, vocabulary),
    logProbability: (token) => graph.op("Sub", [logit(token), rows.logSumExp]),
    rank: (token) => {
      const above = graph.op("Cast", [count(graph.op("Greater", [rows.logits, logit(token)]))], {
        to: castTo("float32"),
      });
      const rank = graph.op("Add", [above, graph.constant("float32", [1])]);
      return graph.op("Reshape", [rank, graph.op("Shape", [rows.logSumExp])]);
    },
  };
}

/**
 * Σ a·b over the vocabulary: [positions, rows, 1]. A row times a transposed matrix takes MLAS' vector kernel, which reads
 * both once; Mul and ReduceSum would write and read their product as well.
 */
function dot(graph: GraphBuilder, a: Wide, b: Wide, likeRows: Value, vocabulary: number): Value {
  const product = (row: Value, matrix: Value) =>
    graph.op("ms:FusedMatMul", [row, matrix], { transB: 1, alpha: { float: 1 } });
  if (a.shared || b.shared) {
    const sums = a.shared ? product(a.value, b.value) : product(b.value, a.value);
    return graph.op("Transpose", [sums], { perm: [0, 2, 1] });
  }
  const alone = graph.constant("int64", [-1, 1, vocabulary], [3]);
  const sums = product(graph.op("Reshape", [a.value, alone]), graph.op("Reshape", [b.value, alone]));
  return graph.op("Reshape", [sums, graph.op("Shape", [likeRows])]);
}

function arithmetic(graph: GraphBuilder): Arithmetic<Value, Wide, Value> {
  const last = () => graph.constant("int64", [-1], [1]);
  return {
    number: (value) => graph.constant("float32", [value]),
    add: (a, b) => graph.op("Add", [a, b]),
    subtract: (a, b) => graph.op("Sub", [a, b]),
    multiply: (a, b) => graph.op("Mul", [a, b]),
    greater: (a, b) => graph.op("Max", [a, b]),
    same: (a, b) => graph.op("Cast", [graph.op("Equal", [a, b])], { to: castTo("float32") }),
    difference: (a, b) => ({ value: graph.op("Sub", [a.value, b.value]), shared: a.shared && b.shared }),
    // Whatever is added to one row a position may differ between its rows.
    shift: (values, by) => ({ value: graph.op("Add", [values.value, by]), shared: false }),
    magnitude: (values) => ({ ...values, value: graph.op("Abs", [values.value]) }),
    softplus: (values) => ({ ...values, value: graph.op("Softplus", [values.value]) }),
    total: (values) => graph.op("ReduceSum", [values.value, last()], { keepdims: 1 }),
    largest: (values) => graph.op("ReduceMax", [values.value, last()], { keepdims: 1 }),
  };
}
