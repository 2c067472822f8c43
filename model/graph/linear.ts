import type { BlocksMatrix, Matrix } from "../checkpoint/matrix.ts";
import { BlockRows } from "./block_rows.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";
import { blocksProduct } from "./linear_blocks.ts";
import { halvesProduct } from "./linear_halves.ts";
import { type QuantisedRows, quantiseRows } from "./quantised_rows.ts";

/** x [..., in] → x W^T [..., out] float32, in the form of the matrix. `output` names the result. */
export type Linear = (x: Value, matrix: Matrix, output?: Value) => Value;

/** The linear maps of one graph: rows that several of them read are quantised once. */
export function linearMaps(graph: GraphBuilder): Linear {
  const known = new Map<Value, QuantisedRows>();
  const rows = (x: Value) => {
    const quantised = known.get(x) ?? quantiseRows(graph, x);
    known.set(x, quantised);
    return quantised;
  };
  const cut = new Map<string, BlockRows>();
  const blocksOf = (x: Value, matrix: BlocksMatrix) => {
    const key = `${x} ${matrix.block}`;
    const blocks = cut.get(key) ?? new BlockRows(graph, x, matrix);
    cut.set(key, blocks);
    return blocks;
  };
  return (x, matrix, output) => {
    switch (matrix.form) {
      case "float":
        return graph.linear(x, matrix.weight, output);
      case "halves":
        return halvesProduct(graph, rows(x), matrix, output);
      case "blocks":
        return blocksProduct(graph, blocksOf(x, matrix), matrix, output);
    }
  };
}
