import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";

/** Activations are quantised to int8 by blocks as well; without, 8 bits would be a hundred times slower (runtime-facts 9). */
const INT8_ACTIVATIONS = 4;

/** x W^T of weights in blocks with a scale each. */
export function blocksProduct(graph: GraphBuilder, x: Value, matrix: BlocksMatrix, output?: Value): Value {
  const { codes, scales, zeroPoints, bits, block } = matrix;
  const weights = [graph.stored(codes), graph.stored(scales), ...(zeroPoints ? [graph.stored(zeroPoints)] : [])];
  const attributes = { K: matrix.in, N: matrix.out, bits, block_size: block, accuracy_level: INT8_ACTIVATIONS };
  if (matrix.mins === undefined) return graph.op("ms:MatMulNBits", [x, ...weights], attributes, output);
  const product = graph.op("ms:MatMulNBits", [x, ...weights], attributes);
  return graph.op("Add", [product, graph.linear(blockSums(graph, x, matrix), matrix.mins)], {}, output);
}

/** Sums of x over each block, [..., in / block]: what the mins of the weights are multiplied with, in float32. */
function blockSums(graph: GraphBuilder, x: Value, { in: into, block }: BlocksMatrix): Value {
  const blocks = graph.op("Reshape", [x, graph.constant("int64", [0, 0, into / block, block], [4])]);
  return graph.op("ReduceSum", [blocks, graph.constant("int64", [-1], [1])], { keepdims: 0 });
}
