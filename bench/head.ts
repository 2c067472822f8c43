import { InferenceSession, Tensor } from "onnxruntime-node";
import { join } from "node:path";
import { STATISTICS } from "../lens/statistics.ts";
import type { ModelConfig } from "../model/checkpoint/config.ts";
import type { TensorSource } from "../model/checkpoint/tensor_source.ts";
import { createSession } from "../model/engine/session.ts";
import { headGraph, statisticOutput } from "../model/graph/head.ts";
import { GraphBuilder } from "../model/graph/graph_builder.ts";

export interface HeadBenchOptions {
  readonly threads: number;
  /** Default: Llama-2-7B's and SmolLM2-135M's. */
  readonly shapes?: readonly HeadShape[];
  /** Runs of each, alternating; the best counts. Default 7. */
  readonly runs?: number;
}

export interface HeadShape {
  readonly dModel: number;
  readonly vocabulary: number;
}

/** Rates count the product's operations alone: 2 · rows · d_model · vocabulary a run. */
export interface HeadFigures extends HeadShape {
  readonly threads: number;
  /** One MatMul of the same sizes, at its best row count. */
  readonly bare: { readonly rows: number; readonly gflops: number };
  /** The head with top 10, log-sum-exp, entropy, KL to the output and output rank, at its best row count. */
  readonly head: { readonly rows: number; readonly gflops: number };
  /** head / bare. */
  readonly share: number;
  /** Outputs added one by one, at the head's best row count: what each run takes in ms. */
  readonly steps: readonly { readonly added: string; readonly ms: number }[];
}

const SHAPES = [{ dModel: 4096, vocabulary: 32000 }, { dModel: 576, vocabulary: 49152 }];
const ROWS = [32, 64, 128, 256, 512];
/** Rows of one position: a model of 31 blocks read at one site, and its output. */
const ROWS_PER_POSITION = 32;
const OUTPUTS = [
  ["top 10, log-sum-exp", "log_sum_exp", "top_values", "top_ids"],
  ["entropy", statisticOutput("entropy")],
  ["KL to the output", statisticOutput("kl_output_lens")],
  ["output rank", statisticOutput("output_rank")],
];
const EVERYTHING = OUTPUTS.flatMap(([, ...names]) => names);

/** Measures the head beside the bare product, in one process, the two in turn. Weights are made in a temporary file. */
export async function benchHead(options: HeadBenchOptions): Promise<HeadFigures[]> {
  const figures: HeadFigures[] = [];
  for (const shape of options.shapes ?? SHAPES) figures.push(await benchShape(shape, options));
  return figures;
}

async function benchShape(shape: HeadShape, { threads, runs = 7 }: HeadBenchOptions): Promise<HeadFigures> {
  const folder = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    const tensors = await writeWeights(folder, shape);
    const bare = await createSession(bareGraph(shape, tensors), { tensors }, { threads });
    const head = await createSession(headGraph(config(shape), tensors), { tensors }, { threads });
    try {
      return await measure(shape, bare, head, threads, runs);
    } finally {
      await bare.release();
      await head.release();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(
  shape: HeadShape,
  bare: InferenceSession,
  head: InferenceSession,
  threads: number,
  runs: number,
): Promise<HeadFigures> {
  const best = { bare: { rows: 0, gflops: 0 }, head: { rows: 0, gflops: 0 } };
  for (const rows of ROWS) {
    const feeds = headFeeds(rows, shape, EVERYTHING);
    const x = new Tensor("float32", feeds["rows"]!.data as Float32Array, [rows, shape.dModel]);
    const contenders = [
      ["bare", () => bare.run({ x })],
      ["head", () => head.run(feeds, EVERYTHING)],
    ] as const;
    for (let run = 0; run <= runs; run++) {
      for (const [name, work] of contenders) {
        const ms = await time(work);
        const gflops = 2 * rows * shape.dModel * shape.vocabulary / ms / 1e6;
        // The first run fills the arena.
        if (run > 0 && gflops > best[name].gflops) best[name] = { rows, gflops };
      }
    }
  }
  const steps = await measureSteps(head, shape, best.head.rows, runs);
  return { ...shape, threads, ...best, share: best.head.gflops / best.bare.gflops, steps };
}

async function measureSteps(
  head: InferenceSession,
  shape: HeadShape,
  rows: number,
  runs: number,
): Promise<HeadFigures["steps"]> {
  const steps = OUTPUTS.map(([added], i) => {
    const names = OUTPUTS.slice(0, i + 1).flatMap(([, ...names]) => names);
    return { added: added!, names, feeds: headFeeds(rows, shape, names), ms: Infinity };
  });
  for (let run = 0; run < runs; run++) {
    for (const step of steps) step.ms = Math.min(step.ms, await time(() => head.run(step.feeds, step.names)));
  }
  return steps.map(({ added, ms }) => ({ added, ms }));
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The product, of which one column leaves: the copy of all logits to JavaScript is no part of it. */
function bareGraph({ dModel, vocabulary }: HeadShape, tensors: ReadonlyMap<string, TensorSource>): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", ["rows", dModel]);
  const source = tensors.get("lm_head.weight")!;
  const logits = graph.op("MatMul", [x, graph.stored({ ...source, shape: [dModel, vocabulary] })]);
  const [from, to] = [0, 1].map((column) => graph.constant("int64", [column], [1])) as [string, string];
  graph.op("Slice", [logits, from, to, to], {}, "column");
  graph.output("column", "float32", ["rows", 1]);
  return graph.build();
}

function headFeeds(rows: number, { dModel }: HeadShape, outputs: readonly string[]): Record<string, Tensor> {
  const wanted = STATISTICS.map(({ name }) => outputs.includes(statisticOutput(name)));
  const states = new Float32Array(rows * dModel);
  fillDistinct(states, 1);
  const perPosition = Math.min(rows, ROWS_PER_POSITION);
  const positions = rows / perPosition;
  return {
    rows: new Tensor("float32", states, [positions, perPosition, dModel]),
    norm_final: new Tensor("int32", Int32Array.of(0), [1]),
    k: new Tensor("int64", BigInt64Array.of(10n), [1]),
    tracked: new Tensor("int32", new Int32Array(0), [0]),
    next_ids: new Tensor("int32", new Int32Array(positions), [positions]),
    against_row: new Tensor("int32", new Int32Array(0), [0]),
    wanted: new Tensor("int32", Int32Array.from(wanted, Number), [wanted.length]),
  };
}

/** Distinct values: ONNX Runtime shares the packed copies of equal weights, which would flatter the caches. */
async function writeWeights(folder: string, { dModel, vocabulary }: HeadShape): Promise<Map<string, TensorSource>> {
  const path = join(folder, "weights.bin");
  const norm = new Float32Array(dModel).fill(1);
  using file = await Deno.open(path, { write: true, create: true });
  const rows = new Float32Array(dModel * 1000);
  const writer = file.writable.getWriter();
  await writer.write(new Uint8Array(norm.buffer));
  for (let row = 0; row < vocabulary; row += 1000) {
    const part = rows.subarray(0, Math.min(1000, vocabulary - row) * dModel);
    fillDistinct(part, row + 2);
    await writer.write(new Uint8Array(part.slice().buffer));
  }
  const at = { dtype: "F32", file: path } as const;
  const [normBytes, headBytes] = [norm.byteLength, 4 * dModel * vocabulary];
  return new Map<string, TensorSource>([
    ["model.norm.weight", { ...at, name: "model.norm.weight", shape: [dModel], offset: 0, length: normBytes }],
    ["lm_head.weight", {
      ...at,
      name: "lm_head.weight",
      shape: [vocabulary, dModel],
      offset: normBytes,
      length: headBytes,
    }],
  ]);
}

/** Uniform in ±0.05, by a multiplicative generator (Park and Miller) from `seed`. */
function fillDistinct(values: Float32Array, seed: number): void {
  let state = seed * 7919 % 2147483647;
  for (let i = 0; i < values.length; i++) {
    state = state * 48271 % 2147483647;
    values[i] = (state / 2147483647 - 0.5) * 0.1;
  }
}

/** Only what the head reads of it matters here. */
function config({ dModel, vocabulary }: HeadShape): ModelConfig {
  return {
    family: "llama",
    layers: 1,
    dModel,
    heads: 1,
    kvHeads: 1,
    headDim: dModel,
    ffn: dModel,
    vocabulary,
    context: 1,
    rmsNormEps: 1e-5,
    rope: { kind: "default", theta: 10000 },
    slidingWindow: null,
    bias: { qkv: false, o: false, mlp: false },
    qkNorm: false,
    tied: false,
  };
}

/** The figures as text, one paragraph a shape. */
export function headReport(figures: readonly HeadFigures[]): string {
  return figures.map(({ dModel, vocabulary, threads, bare, head, share, steps }) =>
    [
      `lens head ${dModel} × ${vocabulary}, ${threads} threads: ${
        head.gflops.toFixed(0)
      } GFLOP/s at ${head.rows} rows, ` +
      `${(100 * share).toFixed(1)} % of the bare product's ${bare.gflops.toFixed(0)} GFLOP/s at ${bare.rows} rows`,
      ...steps.map(({ added, ms }, i) => {
        const more = i === 0 ? "" : ` (+${(ms - steps[i - 1]!.ms).toFixed(2)})`;
        return `  ${i === 0 ? "product, norm, " : "+ "}${added}: ${ms.toFixed(2)} ms${more}`;
      }),
    ].join("\n")
  ).join("\n");
}

if (import.meta.main) console.log(headReport(await benchHead({ threads: navigator.hardwareConcurrency })));
