import type { Checkpoint } from "../model/checkpoint/checkpoint.ts";
import { expectedTensors } from "../model/checkpoint/expected_tensors.ts";
import { parseConfig } from "../model/checkpoint/parse_config.ts";
import { planMemory } from "../model/engine/memory_plan.ts";
import { markdownTable } from "./markdown_table.ts";

/** What decides a model's memory, as its config.json says it. */
const MODELS = {
  "SmolLM2-135M": {
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    vocab_size: 49152,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
  },
  "TinyLlama-1.1B": {
    hidden_size: 2048,
    intermediate_size: 5632,
    num_hidden_layers: 22,
    num_attention_heads: 32,
    num_key_value_heads: 4,
    vocab_size: 32000,
    max_position_embeddings: 2048,
    tie_word_embeddings: false,
  },
  "Llama-3.2-3B": {
    hidden_size: 3072,
    intermediate_size: 8192,
    num_hidden_layers: 28,
    num_attention_heads: 24,
    num_key_value_heads: 8,
    vocab_size: 128256,
    max_position_embeddings: 131072,
    tie_word_embeddings: true,
  },
  "Llama-2-7B": {
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    vocab_size: 32000,
    max_position_embeddings: 4096,
    tie_word_embeddings: false,
  },
  "Llama-3.1-8B": {
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128256,
    max_position_embeddings: 131072,
    tie_word_embeddings: false,
  },
  "Llama-2-13B": {
    hidden_size: 5120,
    intermediate_size: 13824,
    num_hidden_layers: 40,
    num_attention_heads: 40,
    num_key_value_heads: 40,
    vocab_size: 32000,
    max_position_embeddings: 4096,
    tie_word_embeddings: false,
  },
} as const;

const OF_ALL = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  torch_dtype: "bfloat16",
};

const PRECISIONS = ["f32", "q16", "q8", "q4"] as const;

/** As the engine takes them where nothing is set. */
const SIZES = { chunkTokens: 512, rowBlock: 256, lensBytes: 512 * 2 ** 20 };
/** A prompt that the table leaves room for. */
const TOKENS = 2048;

/** GiB of the engine by the same plan that refuses what cannot fit: weights, buffers, lenses, and one prompt of 2,048 tokens. */
export function sizingTable(): string {
  const rows = Object.entries(MODELS).map(([name, shape]) => {
    const { config } = parseConfig({ ...OF_ALL, ...shape });
    const tensors = new Map(
      [...expectedTensors(config)].map(([name, shape]) => [name, { name, dtype: "BF16", shape }]),
    ) as unknown as Checkpoint["tensors"];
    const gib = PRECISIONS.map((precision) => {
      const plan = planMemory({ config, tensors }, precision, { ...SIZES, maxTokens: TOKENS });
      return ((plan.weightsBytes + plan.workingBytes + plan.lensBytes + plan.promptBytes) / 2 ** 30).toFixed(1);
    });
    return [name, ...gib];
  });
  return markdownTable(["model", ...PRECISIONS.map((precision) => `\`${precision}\``)], rows);
}
