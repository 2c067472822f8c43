import { STATISTICS } from "../../lens/statistics.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import type { Matrix } from "../checkpoint/matrix.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { castTo, GraphBuilder, type Value } from "./graph_builder.ts";
import { LogitBlocks } from "./head_blocks.ts";
import { graphCell, type RowValues } from "./head_cell.ts";
import { countTrue } from "./head_count.ts";
import { linearMaps } from "./linear.ts";

/**
 * The head: states of the residual stream → final norm → lm_head → everything that is said of a cell, reduced inside the
 * graph. P positions × N rows each; row 0 of a position is the state whose read-out is the model's own output there.
 *
 * | input | |
 * |---|---|
 * | `rows` | [P, N, d_model] float32, as they lie in the residual stream: not normed |
 * | `norm_final` | [1] int32: 0 norms each row by its own RMS, 1 all rows of a position by that of row 0 |
 * | `k` | [1] int64, 1…vocabulary |
 * | `tracked` | [n] int32 token ids |
 * | `next_ids` | [P] int32: the token that follows each position |
 * | `against_row` | [N] int32: the row that each row of a position is compared with; [0] where none is asked for |
 * | `wanted` | [STATISTICS.length] int32: 1 for each statistic to be computed, in the table's order |
 *
 * | output | |
 * |---|---|
 * | `top_values`, `top_ids` | [P, N, k] float32 logits and int32 ids: highest first, lower id first among equals |
 * | `log_sum_exp` | [P, N] float32 |
 * | `tracked_logits`, `tracked_ranks` | [P, N, n] float32 and int32 |
 * | `statistic_<name>` | [P, N] float32, one for each of STATISTICS; empty where it is not wanted |
 * | `logits` | [P, N, vocabulary] float32 |
 *
 * ONNX Runtime computes all of it in every run, whatever outputs are asked for: hence `wanted`.
 */
export function headGraph(
  config: ModelConfig,
  tensors: ReadonlyMap<string, TensorSource>,
  matrices: ReadonlyMap<string, Matrix> = new Map(),
): Uint8Array {
  const graph = new GraphBuilder();
  const { vocabulary, dModel } = config;
  const ints = (...values: number[]) => graph.constant("int64", values, [values.length]);
  const rows = graph.input("rows", "float32", ["positions", "rows", dModel]);
  const normFinal = graph.op("Cast", [graph.input("norm_final", "int32", [1])], { to: castTo("bool") });
  const k = graph.input("k", "int64", [1]);
  const tracked = graph.input("tracked", "int32", ["tracked"]);
  const nextIds = graph.input("next_ids", "int32", ["positions"]);

  const wanted = graph.op("Cast", [graph.input("wanted", "int32", [STATISTICS.length])], { to: castTo("bool") });

  const stored = tensors.get(config.tied ? "model.embed_tokens.weight" : "lm_head.weight")!;
  const unembedding = matrices.get("lm_head.weight") ?? { form: "float" as const, weight: stored };
  const { normed, zeros } = finalNorm(graph, rows, normFinal, tensors.get("model.norm.weight")!, config.rmsNormEps);
  // One product of all rows with the one copy of W.
  const logits = linearMaps(graph)(normed, unembedding, "logits");
  const blocks = new LogitBlocks(graph, logits, vocabulary);

  const groups = graph.op("Shape", [rows], { start: 0, end: 2 });
  const cells = rowValues(graph, logits, zeros, blocks);
  const result = (name: string, value: Value, type: "float32" | "int32", width: string | null) => {
    if (width === null) graph.op("Reshape", [value, groups], {}, name);
    else graph.op("Identity", [value], {}, name);
    graph.output(name, type, ["positions", "rows", ...(width === null ? [] : [width])]);
  };

  const top = blocks.top(k);
  result("top_values", top.logits, "float32", "k");
  result("top_ids", graph.op("Cast", [top.ids], { to: castTo("int32") }), "int32", "k");
  result("log_sum_exp", cells.logSumExp, "float32", null);

  const trackedLogits = graph.op("Gather", [cells.logits, tracked], { axis: 2 });
  result("tracked_logits", trackedLogits, "float32", "tracked");
  const above = graph.op("Greater", [
    graph.op("Unsqueeze", [cells.logits, ints(2)]),
    graph.op("Unsqueeze", [trackedLogits, ints(3)]),
  ]);
  const count = countTrue(graph, vocabulary);
  const ranks = graph.op("Add", [count(above), graph.constant("int32", [1])]);
  const perCell = graph.op("Shape", [trackedLogits]);
  result("tracked_ranks", graph.op("Reshape", [ranks, perCell], { allowzero: 1 }), "int32", "tracked");

  const next = graph.op("Cast", [graph.op("Unsqueeze", [nextIds, ints(1, 2)])], { to: castTo("int64") });
  const cell = graphCell(graph, cells, comparedRows(graph, cells), next, vocabulary, count);
  for (const [i, { name, formula }] of STATISTICS.entries()) {
    const asked = graph.op("Gather", [wanted, ints(i)]);
    const value = graph.when(asked, () => graph.op("Reshape", [formula(cell), groups]));
    graph.op("Identity", [value], {}, statisticOutput(name));
    graph.output(statisticOutput(name), "float32", null);
  }

  graph.output("logits", "float32", ["positions", "rows", vocabulary]);
  return graph.build();
}

/** The output that carries a statistic. */
export function statisticOutput(name: string): string {
  return `statistic_${name}`;
}

/**
 * RMSNorm with the variance in float32: of each row, or for `normFinal` of the position's row 0. `zeros` [P, N, 1] int64 has
 * a shape that ONNX Runtime can follow from the input's; one made by Shape and Expand is unknown to it until it runs, and
 * where shapes are unknown nothing is computed in place.
 */
function finalNorm(
  graph: GraphBuilder,
  rows: Value,
  normFinal: Value,
  gain: TensorSource,
  eps: number,
): { readonly normed: Value; readonly zeros: Value } {
  const own = graph.op("ReduceMean", [graph.op("Mul", [rows, rows]), graph.constant("int64", [-1], [1])]);
  const range = [0, 1, 1].map((i) => graph.constant("int64", [i], [1]));
  const variance = graph.op("Where", [normFinal, graph.op("Slice", [own, ...range]), own]);
  const rms = graph.op("Sqrt", [graph.op("Add", [variance, graph.constant("float32", [eps])])]);
  const normed = graph.op("Mul", [graph.op("Div", [rows, rms]), graph.weight(gain)]);
  return { normed, zeros: graph.op("Cast", [graph.op("Less", [own, own])], { to: castTo("int64") }) };
}

/** Each row's other lens: rows of the same run, put where the row is. Copied only where a comparison is asked for. */
function comparedRows(graph: GraphBuilder, rows: RowValues): RowValues {
  const index = graph.input("against_row", "int32", ["compared"]);
  const count = graph.op("Shape", [index]);
  const asked = graph.op("Greater", [count, graph.constant("int64", [0], [1])]);
  const moved = (value: Value) => graph.op("Gather", [value, index], { axis: 1 });
  return {
    logits: graph.when(asked, () => moved(rows.logits)),
    probabilities: graph.when(asked, () => moved(rows.probabilities)),
    logSumExp: moved(rows.logSumExp),
    top: moved(rows.top),
    zeros: moved(rows.zeros),
  };
}

function rowValues(
  graph: GraphBuilder,
  logits: Value,
  zeros: Value,
  blocks: LogitBlocks,
): RowValues {
  const probabilities = graph.op("Softmax", [logits], { axis: -1 });
  const highest = blocks.highest();
  // Soft-max gives the likeliest token exp(0)/Σ exp(z − max): the log-sum-exp needs no pass of its own.
  const largest = graph.op("GatherElements", [probabilities, highest.id], { axis: 2 });
  const logSumExp = graph.op("Sub", [highest.logit, graph.op("Log", [largest])]);
  return { logits, probabilities, logSumExp, top: highest.id, zeros };
}
