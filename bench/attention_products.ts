import { Tensor } from "onnxruntime-node";
import type { ModelConfig } from "../model/checkpoint/config.ts";
import { createSession } from "../model/engine/session.ts";
import { GraphBuilder } from "../model/graph/graph_builder.ts";
import { median } from "./statistics.ts";

/** Queries that go together: as many as keep what is multiplied in vain (keys after a query) below a tenth of a long prompt's. */
const QUERIES = 128;

/**
 * Milliseconds of the two products of one layer's causal attention over a prompt, in float32: blocks of queries with the
 * keys up to the block's last, and as many scores with values. All heads in one batched product; no rotation, soft-max or mask.
 */
export async function attentionProductsMs(
  { heads, headDim }: Pick<ModelConfig, "heads" | "headDim">,
  tokens: number,
  { threads, reps }: { readonly threads: number; readonly reps: number },
): Promise<number> {
  const session = await createSession(productsGraph(heads, headDim), { tensors: new Map() }, { threads });
  let total = 0;
  for (let from = 0; from < tokens; from += QUERIES) {
    const to = Math.min(from + QUERIES, tokens);
    const feeds = {
      query: filled([heads, to - from, headDim]),
      key: filled([heads, headDim, to]),
      scores: filled([heads, to - from, to]),
      value: filled([heads, to, headDim]),
    };
    const taken: number[] = [];
    for (let rep = -1; rep < reps; rep++) {
      const began = performance.now();
      await session.run(feeds);
      if (rep >= 0) taken.push(performance.now() - began);
    }
    total += median(taken);
  }
  await session.release();
  return total;
}

/** One column of each product leaves: the copy to JavaScript is no part of it. */
function productsGraph(heads: number, headDim: number): Uint8Array {
  const graph = new GraphBuilder();
  const query = graph.input("query", "float32", [heads, "queries", headDim]);
  const key = graph.input("key", "float32", [heads, headDim, "keys"]);
  const scores = graph.input("scores", "float32", [heads, "queries", "keys"]);
  const value = graph.input("value", "float32", [heads, "keys", headDim]);
  const [from, to, axis] = [0, 1, 2].map((number) => graph.constant("int64", [number], [1])) as [
    string,
    string,
    string,
  ];
  for (const [name, product] of Object.entries({ first: [query, key], second: [scores, value] })) {
    graph.op("Slice", [graph.op("MatMul", product), from, to, axis], {}, name);
    graph.output(name, "float32", [heads, "queries", 1]);
  }
  return graph.build();
}

function filled(shape: readonly number[]): Tensor {
  let state = 1;
  const next = () => (state = state * 48271 % 2147483647) / 2147483647 - 0.5;
  return new Tensor("float32", Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next), shape);
}
