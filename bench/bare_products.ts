import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { Checkpoint } from "../model/checkpoint/checkpoint.ts";
import { HALVES_KERNELS, type Matrix } from "../model/checkpoint/matrix.ts";
import type { TensorSource } from "../model/checkpoint/tensor_source.ts";
import type { Precision } from "../model/engine/precision.ts";
import { createSession } from "../model/engine/session.ts";
import { openWeightSource } from "../model/engine/weight_source.ts";
import { castTo, GraphBuilder, type Value } from "../model/graph/graph_builder.ts";
import { HALF_STEPS, ZERO_POINT } from "../model/graph/quantised_rows.ts";
import { attentionProductsMs } from "./attention_products.ts";
import { median } from "./statistics.ts";

/** The matrix products of a model alone, without norms, soft-max, quantising of rows, or anything that is not a product. */
export interface BareFigures {
  /** Of all blocks over a prompt, by its tokens; milliseconds, medians. */
  readonly blocks: readonly {
    readonly tokens: number;
    /** Both kinds. */
    readonly ms: number;
    /** Of queries with keys and of scores with values, float32; the causal part of them. */
    readonly attentionMs: number;
  }[];
  /** Of lm_head, by rows; useful operations, 2 · rows · d_model · vocabulary. */
  readonly head: readonly { readonly rows: number; readonly gflops: number }[];
}

export interface BareOptions {
  readonly model: string;
  readonly data: string;
  readonly precision: Precision;
  readonly threads: number;
  readonly tokens: readonly number[];
  readonly rows: readonly number[];
  readonly reps: number;
}

const MATRICES = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"]
  .concat(["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]);
/** From so many tokens on, reading a weight is nothing beside multiplying it: a few blocks stand for all. */
const MANY_TOKENS = 512;
const FEW_BLOCKS = 2;

/** Measures them on the model's own weights, each block's read once a pass as in the service. */
export async function bareProducts(options: BareOptions): Promise<BareFigures> {
  const { model, data, precision, threads, reps } = options;
  const source = await openWeightSource({ model, precision, cacheFolder: data });
  const checkpoint = await source.load(precision, { threads, dataFolder: data, write: () => {} });
  const { layers, dModel, vocabulary, tied } = checkpoint.config;
  const blocks: BareFigures["blocks"][number][] = [];
  {
    await using chain = new Products(checkpoint, threads);
    for (let layer = 0; layer < layers; layer++) {
      await chain.add(MATRICES.map((name) => `model.layers.${layer}.${name}.weight`));
    }
    for (const tokens of options.tokens) {
      const count = tokens >= MANY_TOKENS ? Math.min(FEW_BLOCKS, layers) : layers;
      const attentionMs = layers * await attentionProductsMs(checkpoint.config, tokens, { threads, reps });
      blocks.push({ tokens, ms: await chain.ms(tokens, reps, count) * layers / count + attentionMs, attentionMs });
    }
  }
  await using head = new Products(checkpoint, threads);
  await head.add([
    tied && !checkpoint.matrices?.has("lm_head.weight") ? "model.embed_tokens.weight" : "lm_head.weight",
  ]);
  const rates: { rows: number; gflops: number }[] = [];
  for (const rows of options.rows) {
    rates.push({ rows, gflops: 2 * rows * dModel * vocabulary / await head.ms(rows, 2 * reps, 1) / 1e6 });
  }
  return { blocks, head: rates };
}

/** Sessions that are run one after the other, each some products. */
class Products implements AsyncDisposable {
  readonly #sessions: { readonly session: InferenceSession; readonly feeds: ReadonlyMap<string, Feed> }[] = [];

  constructor(readonly checkpoint: Checkpoint, readonly threads: number) {}

  async add(names: readonly string[]): Promise<void> {
    const { graph, feeds } = productsGraph(this.checkpoint, names);
    this.#sessions.push({ session: await createSession(graph, this.checkpoint, { threads: this.threads }), feeds });
  }

  /** Milliseconds of the first `count` sessions, the median of `reps`. */
  async ms(rows: number, reps: number, count: number): Promise<number> {
    const known = new Map<string, Tensor>();
    const runs = this.#sessions.slice(0, count).map(({ session, feeds }) => ({
      session,
      feeds: Object.fromEntries([...feeds].map(([name, feed]) => [name, tensorOf(feed, rows, known)])),
    }));
    const taken: number[] = [];
    for (let rep = -1; rep < reps; rep++) {
      const began = performance.now();
      for (const { session, feeds } of runs) await session.run(feeds);
      if (rep >= 0) taken.push(performance.now() - began);
    }
    return median(taken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of this.#sessions) await session.release();
  }
}

/** An input: rows of activations, or twice as many codes. */
interface Feed {
  readonly type: "float32" | "uint8";
  readonly width: number;
  readonly perRow: number;
}

/** A product each, of which one column leaves: the copy to JavaScript is no part of it. */
function productsGraph(
  { tensors, matrices }: Checkpoint,
  names: readonly string[],
): { readonly graph: Uint8Array; readonly feeds: ReadonlyMap<string, Feed> } {
  const graph = new GraphBuilder();
  const feeds = new Map<string, Feed>();
  const input = (type: Feed["type"], width: number, perRow: number): Value => {
    const name = `${type}_${width}_${perRow}`;
    if (!feeds.has(name)) graph.input(name, type, [name, width]);
    feeds.set(name, { type, width, perRow });
    return name;
  };
  const [from, to] = [0, 1].map((column) => graph.constant("int64", [column], [1])) as [Value, Value];
  let count = 0;
  const out = (product: Value) => {
    const column = `column_${count++}`;
    graph.op("Slice", [product, from, to, to], {}, column);
    graph.output(column, "float32", null);
  };
  for (const name of names) {
    const matrix: Matrix = matrices?.get(name) ?? { form: "float", weight: tensors.get(name)! };
    for (const product of bareProduct(graph, matrix, input)) out(product);
  }
  return { graph: graph.build(), feeds };
}

/** The kernels that a matrix is multiplied with in the service, on rows that are quantised already. */
function* bareProduct(
  graph: GraphBuilder,
  matrix: Matrix,
  input: (type: Feed["type"], width: number, perRow: number) => Value,
): Generator<Value> {
  if (matrix.form === "float") {
    yield graph.linear(input("float32", matrix.weight.shape[1]!, 1), matrix.weight);
  } else if (matrix.form === "halves") {
    const { high, low, scale, kernel } = matrix;
    const { bytes, stacked } = HALVES_KERNELS[kernel];
    const zero = graph.constant("uint8", [ZERO_POINT]);
    const product = (codes: Value, weights: TensorSource<"I8">, by: number) => {
      const [b, ...zeroOfB] = bytes === "u8s8" ? [graph.stored(weights)] : [unsigned(graph, weights), zero];
      return graph.op("ms:MatMulIntegerToFloat", [
        ...[codes, b!, graph.constant("float32", [by]), graph.stored(scale), zero, ...zeroOfB],
      ]);
    };
    const width = high.shape[0]!;
    const codes = input("uint8", width, 1);
    if (stacked) yield product(input("uint8", width, 2), high, 1);
    // Other factors: equal nodes would be one.
    else yield* [product(codes, high, 1), product(codes, high, 1 / HALF_STEPS)];
    if (low) yield product(codes, low, 1 / HALF_STEPS);
  } else {
    const { codes, scales, zeroPoints, bits, block } = matrix;
    const weights = [codes, scales, ...(zeroPoints ? [zeroPoints] : [])].map((source) => graph.stored(source));
    const attributes = { K: matrix.in, N: matrix.out, bits, block_size: block, accuracy_level: 4 };
    yield graph.op("ms:MatMulNBits", [input("float32", matrix.in, 1), ...weights], attributes);
  }
}

/** w + 128 as uint8; ONNX Runtime folds it when it loads the graph. */
function unsigned(graph: GraphBuilder, weights: TensorSource<"I8">): Value {
  const wide = graph.op("Cast", [graph.stored(weights)], { to: castTo("int32") });
  return graph.op("Cast", [graph.op("Add", [wide, graph.constant("int32", [ZERO_POINT])])], { to: castTo("uint8") });
}

function tensorOf({ type, width, perRow }: Feed, rows: number, known: Map<string, Tensor>): Tensor {
  const key = `${type} ${width} ${perRow}`;
  const made = known.get(key) ?? freshTensor(type, rows * perRow, width);
  known.set(key, made);
  return made;
}

function freshTensor(type: Feed["type"], rows: number, width: number): Tensor {
  let state = 1;
  const next = () => (state = state * 48271 % 2147483647) / 2147483647;
  if (type === "uint8") {
    return new Tensor("uint8", Uint8Array.from({ length: rows * width }, () => 255 * next()), [rows, width]);
  }
  return new Tensor("float32", Float32Array.from({ length: rows * width }, () => next() - 0.5), [rows, width]);
}
