import type { Site } from "../../../lens/sites.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openModel, type OpenModelOptions } from "../../checkpoint/open_model.ts";
import { readTensor } from "../../checkpoint/read_tensor.ts";
import { float64Attention } from "./float64_attention.ts";
import { Float64Rope } from "./float64_rope.ts";
import { Float64Rows, rmsNorm, sum, swiglu } from "./float64_rows.ts";

/** Every state of a prompt of T tokens, and what the model says. */
export interface Float64Run {
  /** [T, d_model]. */
  state(site: Site, layer: number): Float64Array;
  /** [T, vocabulary]. */
  readonly logits: Float64Array;
}

/**
 * The whole model in float64, written from the definitions (numerics.md, The model) and sharing nothing with the graphs: what
 * the engine computes is compared with it. Reads one tensor at a time and holds none; for short prompts and small models.
 */
export class Float64Model {
  readonly #rope: Float64Rope;

  constructor(readonly checkpoint: Pick<Checkpoint, "config" | "tensors" | "digest">) {
    const { rope, headDim, ropeInterleaved = false } = checkpoint.config;
    this.#rope = new Float64Rope(rope, headDim, ropeInterleaved);
  }

  /** @throws {CheckpointError} */
  static async open(path: string, options: OpenModelOptions = {}): Promise<Float64Model> {
    return new Float64Model(await openModel(path, options));
  }

  /** @throws the signal's reason */
  async run(ids: readonly number[], signal: AbortSignal): Promise<Float64Run> {
    const { config } = this.checkpoint;
    const { dModel, layers, rmsNormEps: eps, tied, vocabulary } = config;
    const rows = new Float64Rows(signal);
    const states = new Map<string, Float64Array>();
    const keep = (site: Site, layer: number, state: Float64Array) => void states.set(`${site}.${layer}`, state);

    const embedding = await this.#weight("model.embed_tokens.weight");
    let hidden: Float64Array = Float64Array.from(
      ids.flatMap((id) => [...embedding.subarray(id * dModel, (id + 1) * dModel)]),
    );
    for (let layer = 0; layer < layers; layer++) {
      keep("resid_pre", layer, hidden);
      const attnOut = await this.#attention(layer, hidden, rows);
      const mid = sum(hidden, attnOut);
      const mlpOut = await this.#mlp(layer, mid, rows);
      hidden = sum(mid, mlpOut);
      keep("attn_out", layer, attnOut);
      keep("resid_mid", layer, mid);
      keep("mlp_out", layer, mlpOut);
      keep("resid_post", layer, hidden);
    }
    const normed = rmsNorm(hidden, await this.#weight("model.norm.weight"), eps);
    const unembedding = tied ? embedding : await this.#weight("lm_head.weight");
    return {
      state: (site, layer) => states.get(`${site}.${layer}`)!,
      logits: await rows.linear(normed, unembedding, { into: dModel, out: vocabulary }),
    };
  }

  async #attention(layer: number, hidden: Float64Array, rows: Float64Rows): Promise<Float64Array> {
    const { config } = this.checkpoint;
    const { dModel, heads, kvHeads, headDim, rmsNormEps: eps } = config;
    const block = `model.layers.${layer}`;
    const x = rmsNorm(hidden, await this.#weight(`${block}.input_layernorm.weight`), eps);
    const project = async (name: string, count: number) =>
      await this.#linear(`${block}.self_attn.${name}`, x, { into: dModel, out: count * headDim }, rows);
    const turned = async (name: "q" | "k", count: number) => {
      let y = await project(`${name}_proj`, count);
      if (config.qkNorm) y = rmsNorm(y, await this.#weight(`${block}.self_attn.${name}_norm.weight`), eps);
      for (let head = 0; head * headDim < y.length; head++) {
        this.#rope.rotate(y.subarray(head * headDim, (head + 1) * headDim), Math.floor(head / count));
      }
      return y;
    };
    const attended = float64Attention(
      {
        query: await turned("q", heads),
        key: await turned("k", kvHeads),
        value: await project("v_proj", kvHeads),
      },
      config,
    );
    return await this.#linear(`${block}.self_attn.o_proj`, attended, { into: heads * headDim, out: dModel }, rows);
  }

  async #mlp(layer: number, mid: Float64Array, rows: Float64Rows): Promise<Float64Array> {
    const { dModel, ffn, rmsNormEps: eps } = this.checkpoint.config;
    const block = `model.layers.${layer}`;
    const x = rmsNorm(mid, await this.#weight(`${block}.post_attention_layernorm.weight`), eps);
    const wide = { into: dModel, out: ffn };
    const gate = await this.#linear(`${block}.mlp.gate_proj`, x, wide, rows);
    const up = await this.#linear(`${block}.mlp.up_proj`, x, wide, rows);
    return await this.#linear(`${block}.mlp.down_proj`, swiglu(gate, up), { into: ffn, out: dModel }, rows);
  }

  async #linear(
    name: string,
    x: Float64Array,
    width: { readonly into: number; readonly out: number },
    rows: Float64Rows,
  ): Promise<Float64Array> {
    const bias = this.checkpoint.tensors.get(`${name}.bias`);
    return await rows.linear(x, await this.#weight(`${name}.weight`), width, bias && await readTensor(bias));
  }

  async #weight(name: string): Promise<Float32Array> {
    return await readTensor(this.checkpoint.tensors.get(name)!);
  }
}
