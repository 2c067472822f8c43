import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import type { ByteDType, DType, TensorSource } from "../checkpoint/tensor_source.ts";
import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";

/**
 * Rows of the embedding matrix by `ids` [1, T] int32 → [1, T, d_model] float32. They are gathered as they are stored and
 * widened afterwards: the matrix stays in its file.
 */
export function embedding(graph: GraphBuilder, ids: Value, matrix: TensorSource | BlocksMatrix): Value {
  if ("form" in matrix) return blockRows(graph, ids, matrix);
  const gathered = graph.op("Gather", [graph.stored(matrix), ids], { axis: 0 });
  return matrix.dtype === "F32" ? gathered : graph.op("Cast", [gathered], { to: castTo("float32") });
}

/** (code − 2^(bits − 1)) · scale + min of each weight, the gathered rows' only. */
function blockRows(graph: GraphBuilder, ids: Value, matrix: BlocksMatrix): Value {
  const rows = (source: TensorSource<ByteDType | DType>) =>
    graph.op("Gather", [graph.stored(source), ids], { axis: 0 });
  const perBlock = (source: TensorSource<ByteDType | DType>) =>
    graph.op("Unsqueeze", [rows(source), graph.constant("int64", [-1], [1])]);
  const bytes = rows(matrix.codes);
  const codes = matrix.bits === 8 ? bytes : nibbles(graph, bytes, matrix);
  const zero = graph.constant("float32", [2 ** (matrix.bits - 1)]);
  const centred = graph.op("Sub", [graph.op("Cast", [codes], { to: castTo("float32") }), zero]);
  const scaled = graph.op("Mul", [centred, perBlock(matrix.scales)]);
  const values = matrix.mins ? graph.op("Add", [scaled, perBlock(matrix.mins)]) : scaled;
  return graph.op("Reshape", [values, graph.constant("int64", [0, 0, matrix.in], [3])]);
}

/** [1, T, blocks, block / 2] bytes → [1, T, blocks, block] codes, the low one of a byte first. */
function nibbles(graph: GraphBuilder, bytes: Value, { in: into, block }: BlocksMatrix): Value {
  const last = graph.constant("int64", [-1], [1]);
  const low = graph.op("BitwiseAnd", [bytes, graph.constant("uint8", [15])]);
  const high = graph.op("BitShift", [bytes, graph.constant("uint8", [4])], { direction: "RIGHT" });
  const pairs = graph.op("Concat", [low, high].map((half) => graph.op("Unsqueeze", [half, last])), { axis: -1 });
  return graph.op("Reshape", [pairs, graph.constant("int64", [0, 0, into / block, block], [4])]);
}
