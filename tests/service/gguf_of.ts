import { inverseFrequencies } from "../../model/graph/rope.ts";
import type { Checkpoint } from "../../model/checkpoint/checkpoint.ts";
import type { ModelConfig } from "../../model/checkpoint/config.ts";
import { readTensor } from "../../model/checkpoint/read_tensor.ts";
import {
  f32,
  ggufBytes,
  text,
  u32,
  type Written,
  type WrittenTensor,
} from "../../model/checkpoint/gguf/testdata/gguf_bytes.ts";

const PARTS: readonly (readonly [string, string])[] = [
  ["model.embed_tokens", "token_embd"],
  ["model.norm", "output_norm"],
  ["lm_head", "output"],
  ["input_layernorm", "attn_norm"],
  ["post_attention_layernorm", "ffn_norm"],
  ["self_attn.q_proj", "attn_q"],
  ["self_attn.k_proj", "attn_k"],
  ["self_attn.v_proj", "attn_v"],
  ["self_attn.o_proj", "attn_output"],
  ["self_attn.q_norm", "attn_q_norm"],
  ["self_attn.k_norm", "attn_k_norm"],
  ["mlp.gate_proj", "ffn_gate"],
  ["mlp.up_proj", "ffn_up"],
  ["mlp.down_proj", "ffn_down"],
];

/** The GGUF that llama.cpp's converter makes of a model, matrices in `type` 0 (F32) or 1 (F16). Tests only. */
export async function ggufOf(
  { config, tensors }: Checkpoint,
  type: 0 | 1,
  more: readonly (readonly [string, Written])[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const arch = config.family === "mistral" ? "llama" : config.family;
  const written: WrittenTensor[] = [];
  for (const [name, source] of tensors) {
    const values = await readTensor(source);
    const heads = /self_attn\.([qk])_proj/.exec(name)?.[1];
    const count = heads === "q" ? config.heads : config.kvHeads;
    const rows = arch === "llama" && heads !== undefined ? interleaved(values, count, config.headDim) : values;
    const isMatrix = source.shape.length === 2;
    const data = isMatrix && type === 1 ? new Float16Array(rows) : rows;
    written.push({
      name: ggufName(name),
      type: isMatrix ? type : 0,
      dims: source.shape.toReversed(),
      data: new Uint8Array(data.buffer),
    });
  }
  if (config.rope.kind === "llama3") written.push(ropeFactors(config));
  return ggufBytes([...metadataOf(config, arch), ...more], written);
}

function ggufName(name: string): string {
  const [, layer, part, kind] = /^(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name)!;
  const short = PARTS.find(([long]) => long === part)![1];
  return `${layer === undefined ? "" : `blk.${layer}.`}${short}.${kind}`;
}

/** Rows of each head from halves (i, i + headDim / 2) to pairs (2i, 2i + 1). */
function interleaved(values: Float32Array, heads: number, headDim: number): Float32Array<ArrayBuffer> {
  const width = values.length / (heads * headDim);
  const out = new Float32Array(values.length);
  for (let row = 0; row < heads * headDim; row++) {
    const at = row % headDim;
    const from = row - at + (at % 2) * (headDim / 2) + Math.floor(at / 2);
    out.set(values.subarray(from * width, (from + 1) * width), row * width);
  }
  return out;
}

function ropeFactors({ rope, headDim }: ModelConfig): WrittenTensor {
  const plain = inverseFrequencies({ kind: "default", theta: rope.theta }, headDim);
  const scaled = inverseFrequencies(rope, headDim);
  const factors = plain.map((frequency, i) => frequency / scaled[i]!);
  return { name: "rope_freqs.weight", type: 0, dims: [factors.length], data: new Uint8Array(factors.buffer) };
}

function metadataOf(config: ModelConfig, arch: string): (readonly [string, Written])[] {
  const { rope, slidingWindow } = config;
  return [
    ["general.architecture", text(arch)],
    [`${arch}.block_count`, u32(config.layers)],
    [`${arch}.context_length`, u32(config.context)],
    [`${arch}.embedding_length`, u32(config.dModel)],
    [`${arch}.feed_forward_length`, u32(config.ffn)],
    [`${arch}.attention.head_count`, u32(config.heads)],
    [`${arch}.attention.head_count_kv`, u32(config.kvHeads)],
    [`${arch}.attention.key_length`, u32(config.headDim)],
    [`${arch}.attention.value_length`, u32(config.headDim)],
    [`${arch}.attention.layer_norm_rms_epsilon`, f32(config.rmsNormEps)],
    [`${arch}.rope.freq_base`, f32(rope.theta)],
    ...(rope.kind === "linear"
      ? [
        [`${arch}.rope.scaling.type`, text("linear")] as const,
        [`${arch}.rope.scaling.factor`, f32(rope.factor)] as const,
      ]
      : []),
    ...(slidingWindow === null || arch !== "llama"
      ? []
      : [[`${arch}.attention.sliding_window`, u32(slidingWindow)] as const]),
  ];
}
