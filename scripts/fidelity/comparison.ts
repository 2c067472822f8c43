import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { Checkpoint } from "../../model/checkpoint/checkpoint.ts";
import { castTo, GraphBuilder, type Value } from "../../model/graph/graph_builder.ts";
import { linearMaps } from "../../model/graph/linear.ts";
import { createSession } from "../../model/engine/session.ts";

/** Compared at once: few, so that what is between the steps stays in the processor's cache; 64 took twice the time. */
const COMPARED_ROWS = 4;

/** How far read-outs are from those of float32: sums over rows. */
export interface Sums {
  rows: number;
  /** Nats. */
  kl: number;
  agrees: number;
  /** Rank of float32's likeliest token: 1 where it is the likeliest here too. */
  rank: number;
}

/** lm_head(norm(x)) of a model, bare; rows have a dimension before them, as in the service's head. */
export class ReadOut {
  private constructor(readonly session: InferenceSession, readonly dModel: number) {}

  static async create(checkpoint: Checkpoint, threads: number): Promise<ReadOut> {
    const { config, tensors, matrices } = checkpoint;
    const graph = new GraphBuilder();
    const rows = graph.input("rows", "float32", [1, "rows", config.dModel]);
    const normed = graph.op("SimplifiedLayerNormalization", [rows, graph.weight(tensors.get("model.norm.weight")!)], {
      axis: -1,
      epsilon: { float: config.rmsNormEps },
      stash_type: castTo("float32"),
    });
    const stored = tensors.get(config.tied ? "model.embed_tokens.weight" : "lm_head.weight");
    linearMaps(graph)(normed, matrices?.get("lm_head.weight") ?? { form: "float", weight: stored! }, "logits");
    graph.output("logits", "float32", [1, "rows", config.vocabulary]);
    return new ReadOut(await createSession(graph.build(), checkpoint, { threads }), config.dModel);
  }

  /** @param rows [rows, d_model], not normed */
  async logits(rows: Float32Array): Promise<Tensor> {
    const feeds = { rows: new Tensor("float32", rows, [1, rows.length / this.dModel, this.dModel]) };
    return (await this.session.run(feeds))["logits"]!;
  }
}

/** Compares logits [1, rows, vocabulary] with those of float32. */
export class Comparison {
  private constructor(readonly session: InferenceSession) {}

  static async create(vocabulary: number, threads: number): Promise<Comparison> {
    const graph = new GraphBuilder();
    const axis = graph.constant("int64", [-1], [1]);
    const [exact, found] = ["exact", "found"].map((name) => graph.input(name, "float32", [1, "rows", vocabulary])) as [
      Value,
      Value,
    ];
    const [p, q] = [exact, found].map((logits) => graph.op("LogSoftmax", [logits], { axis: -1 })) as [Value, Value];
    const terms = graph.op("Mul", [graph.op("Exp", [p]), graph.op("Sub", [p, q])]);
    graph.op("ReduceSum", [terms, axis], { keepdims: 0 }, "kl");
    const top = graph.op("ArgMax", [exact], { axis: -1, keepdims: 1 });
    const own = graph.op("GatherElements", [found, top], { axis: -1 });
    const above = graph.op("Cast", [graph.op("Greater", [found, own])], { to: castTo("float32") });
    graph.op("ReduceSum", [above, axis], { keepdims: 0 }, "above");
    for (const name of ["kl", "above"]) graph.output(name, "float32", [1, "rows"]);
    return new Comparison(await createSession(graph.build(), { tensors: new Map() }, { threads }));
  }

  /** Adds the rows to `sums`. */
  async add(sums: Sums, exact: Tensor, found: Tensor): Promise<void> {
    const rows = exact.dims[1]!;
    for (let at = 0; at < rows; at += COMPARED_ROWS) {
      await this.#add(sums, slice(exact, at), slice(found, at));
    }
  }

  async #add(sums: Sums, exact: Tensor, found: Tensor): Promise<void> {
    const { kl, above } = await this.session.run({ exact, found });
    for (const [row, value] of (kl!.data as Float32Array).entries()) {
      const before = (above!.data as Float32Array)[row]!;
      sums.rows++;
      sums.kl += value;
      sums.rank += 1 + before;
      if (before === 0) sums.agrees++;
    }
  }
}

function slice({ data, dims: [, rows, width] }: Tensor, from: number): Tensor {
  const to = Math.min(from + COMPARED_ROWS, rows!);
  return new Tensor("float32", (data as Float32Array).subarray(from * width!, to * width!), [1, to - from, width!]);
}
