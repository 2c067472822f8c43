import { Tensor } from "onnxruntime-node";
import type { ByteKernel } from "../checkpoint/matrix.ts";
import { GraphBuilder } from "../graph/graph_builder.ts";
import { createSession } from "./session.ts";

/** A depth with a rest in every unrolling; its largest sum, 127 · 127 · 1000, is a float32 exactly. */
const DEPTH = 1000;
const COLUMNS = 48;
/** A row alone, a few, and more than a tile: MLAS has a kernel for each. */
const ROWS = [1, 3, 67];
const ZERO = 128;
const LARGEST = 127;

/**
 * Finds which product of bytes is exact on this processor: unsigned activations with signed weights where it is, which is
 * the fast one. MLAS adds two such products in 16 bits on AVX2 without VNNI, where the largest of them saturate.
 */
export async function exactByteKernel(threads: number): Promise<ByteKernel> {
  return await isExact(threads) ? "u8s8" : "u8u8";
}

async function isExact(threads: number): Promise<boolean> {
  const weights = Int8Array.from({ length: DEPTH * COLUMNS }, (_, i) => worst(Math.floor(i / COLUMNS), i % COLUMNS));
  const session = await createSession(productGraph(weights), { tensors: new Map() }, { threads, arena: false });
  try {
    for (const rows of ROWS) {
      const codes = new Uint8Array(rows * DEPTH).fill(255);
      const { product } = await session.run({ codes: new Tensor("uint8", codes, [rows, DEPTH]) });
      const found = product!.data as Float32Array;
      if (found.some((value, i) => value !== columnSum(weights, i % COLUMNS) * (255 - ZERO))) return false;
    }
    return true;
  } finally {
    await session.release();
  }
}

/** The largest weights: all of one sign, or in runs of 1, 2, 3… of each. */
function worst(row: number, column: number): number {
  if (column < 2) return column === 0 ? LARGEST : -LARGEST;
  return Math.floor(row / (column - 1)) % 2 === 0 ? LARGEST : -LARGEST;
}

function columnSum(weights: Int8Array, column: number): number {
  let sum = 0;
  for (let i = column; i < weights.length; i += COLUMNS) sum += weights[i]!;
  return sum;
}

function productGraph(weights: Int8Array): Uint8Array {
  const graph = new GraphBuilder();
  const codes = graph.input("codes", "uint8", ["rows", DEPTH]);
  const one = graph.constant("float32", [1]);
  const b = graph.constant("int8", [...weights], [DEPTH, COLUMNS]);
  graph.op("ms:MatMulIntegerToFloat", [codes, b, one, one, graph.constant("uint8", [ZERO])], {}, "product");
  graph.output("product", "float32", ["rows", COLUMNS]);
  return graph.build();
}
