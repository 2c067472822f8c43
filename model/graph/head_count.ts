import { castTo, type GraphBuilder, type Value } from "./graph_builder.ts";

/** Counts flags over the vocabulary: [..., vocabulary] bool → [rows, 1] int32, all other dimensions in one. */
export type CountTrue = (flags: Value) => Value;

/** A byte holds the count of a group. */
const LARGEST_GROUP = 255;
/** Below this the second step has as much to do as the first. */
const SMALLEST_GROUP = 16;

/**
 * Counting in two steps: flags of a group of n tokens as bytes, averaged by a pooling of bytes whose output scale is 1/n,
 * so that the quantised mean is the count, exactly; then a product of those with a column of ones. That takes a quarter of
 * the time of the product alone (0.4 to 1.6 ms at 256 × 49152), which is left for vocabularies with no divisor of the size.
 */
export function countTrue(graph: GraphBuilder, vocabulary: number): CountTrue {
  const byte = { to: castTo("uint8") };
  const [zero, one] = [0, 1].map((value) => graph.op("Cast", [graph.constant("int32", [value])], byte)) as [
    Value,
    Value,
  ];
  const group = groupSize(vocabulary);
  const groups = vocabulary / group;
  const ints = (...values: number[]) => graph.constant("int64", values, [values.length]);
  const ones = graph.op("Expand", [one, ints(groups, 1)]);
  const scale = { in: graph.constant("float32", [1]), out: graph.constant("float32", [1 / group]) };
  const grouped = (bytes: Value) => graph.op("Reshape", [bytes, ints(1, -1, group, 1)]);
  const pooled = (bytes: Value) =>
    graph.op("ms:QLinearGlobalAveragePool", [grouped(bytes), scale.in, zero, scale.out, zero], { channels_last: 0 });
  return (flags) => {
    const bytes = graph.op("Cast", [flags], byte);
    const counts = graph.op("Reshape", [group === 1 ? bytes : pooled(bytes), ints(-1, groups)]);
    return graph.op("MatMulInteger", [counts, ones]);
  };
}

/** The largest divisor that a byte can count, 1 where there is none worth it. */
function groupSize(vocabulary: number): number {
  for (let size = LARGEST_GROUP; size >= SMALLEST_GROUP; size--) if (vocabulary % size === 0) return size;
  return 1;
}
