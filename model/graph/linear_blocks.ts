import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import type { BlockRows } from "./block_rows.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";

/** Activations are quantised to int8 by blocks as well; without, 8 bits would be a hundred times slower (runtime-facts 9). */
const INT8_ACTIVATIONS = 4;

/** x W^T of weights in blocks with a scale each. */
export function blocksProduct(graph: GraphBuilder, rows: BlockRows, matrix: BlocksMatrix, output?: Value): Value {
  if (matrix.mins === undefined) return centredProduct(graph, rows, matrix, output);
  const product = centredProduct(graph, rows, matrix);
  return graph.op("Add", [product, graph.linear(rows.sums(), matrix.mins)], {}, output);
}

/** x ((code − zero) · scale)^T */
function centredProduct(graph: GraphBuilder, rows: BlockRows, matrix: BlocksMatrix, output?: Value): Value {
  const { codes, scales, zeroPoints, bits, block } = matrix;
  const weights = [graph.stored(codes), graph.stored(scales), ...(zeroPoints ? [graph.stored(zeroPoints)] : [])];
  const attributes = { K: matrix.in, N: matrix.out, bits, block_size: block, accuracy_level: INT8_ACTIVATIONS };
  if (matrix.activationBits !== 16) return graph.op("ms:MatMulNBits", [rows.x, ...weights], attributes, output);
  // Both halves are rows of one product, which reads the weights once.
  const both = graph.op("ms:MatMulNBits", [rows.halves(), ...weights], attributes);
  return graph.op("ReduceSum", [both, graph.constant("int64", [-2], [1])], { keepdims: 0 }, output);
}
