import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";

/** Activations are quantised to int8 by blocks as well; without, 8 bits would be a hundred times slower (runtime-facts 9). */
const INT8_ACTIVATIONS = 4;

/** x W^T of weights in blocks with a scale each. */
export function blocksProduct(graph: GraphBuilder, x: Value, matrix: BlocksMatrix, output?: Value): Value {
  const { codes, scales, zeroPoints, bits, block } = matrix;
  const weights = [graph.stored(codes), graph.stored(scales), ...(zeroPoints ? [graph.stored(zeroPoints)] : [])];
  const attributes = { K: matrix.in, N: matrix.out, bits, block_size: block, accuracy_level: INT8_ACTIVATIONS };
  return graph.op("ms:MatMulNBits", [x, ...weights], attributes, output);
}
