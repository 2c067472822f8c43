import { CONTEXT, D_MODEL, EPS, FFN, HEAD_DIM, HEADS, LAYERS, VOCABULARY } from "./config_bounds.ts";
import type { Family, ModelConfig } from "./config.ts";
import { JsonFields } from "./json_fields.ts";
import { parseRope } from "./parse_rope.ts";
import { parseSlidingWindow } from "./parse_sliding_window.ts";

const DEFAULT_EPS = 1e-6;

/** What transformers fills in where a family's config leaves a key out. */
interface FamilyDefaults {
  readonly architecture: string;
  readonly context: number;
  /** `num_key_value_heads` where the key is absent; null: as many as heads. (A null in the file is always that.) */
  readonly kvHeads: number | null;
  /** `head_dim` where the key is absent; null: hidden_size / num_attention_heads. */
  readonly headDim: number | null;
  readonly qkNorm: boolean;
}

const FAMILIES: Readonly<Record<Family, FamilyDefaults>> = {
  llama: { architecture: "LlamaForCausalLM", context: 2048, kvHeads: null, headDim: null, qkNorm: false },
  mistral: { architecture: "MistralForCausalLM", context: 131_072, kvHeads: 8, headDim: null, qkNorm: false },
  qwen2: { architecture: "Qwen2ForCausalLM", context: 32_768, kvHeads: 32, headDim: null, qkNorm: false },
  qwen3: { architecture: "Qwen3ForCausalLM", context: 32_768, kvHeads: 32, headDim: 128, qkNorm: true },
};

export interface ParsedConfig {
  readonly config: ModelConfig;
  /** As the file names it, e.g. `LlamaForCausalLM`; the family's own where it names none. */
  readonly architecture: string;
}

/**
 * Reads a `config.json` in either spelling, with transformers' defaults for what it leaves out.
 * What this service would compute wrongly is refused by name, never guessed.
 *
 * @param json the parsed file
 * @param file base name, for messages
 * @throws {CheckpointError} rules `config.missing`, `config.value`, `config.unsupported`
 */
export function parseConfig(json: unknown, file = "config.json"): ParsedConfig {
  const fields = new JsonFields(json, file);
  const family = parseFamily(fields);
  const architecture = parseArchitecture(fields, family);
  refuseQuantised(fields);
  refuseActivation(fields);
  const layers = fields.integer("num_hidden_layers", LAYERS);
  const config: ModelConfig = {
    family,
    layers,
    ...parseHeads(fields, family),
    ffn: fields.integer("intermediate_size", FFN),
    vocabulary: fields.integer("vocab_size", VOCABULARY),
    context: fields.integer("max_position_embeddings", CONTEXT, FAMILIES[family].context),
    rmsNormEps: fields.positive("rms_norm_eps", EPS, DEFAULT_EPS),
    rope: parseRope(fields),
    slidingWindow: parseSlidingWindow(fields, family, layers),
    bias: parseBias(fields, family),
    qkNorm: FAMILIES[family].qkNorm,
    tied: fields.boolean("tie_word_embeddings", false),
  };
  return { config, architecture };
}

function parseFamily(fields: JsonFields): Family {
  const type = fields.string("model_type");
  if (Object.hasOwn(FAMILIES, type)) return type as Family;
  throw fields.unsupported("model_type", type, `${Object.keys(FAMILIES).join(", ")} are`);
}

function parseArchitecture(fields: JsonFields, family: Family): string {
  const wanted = FAMILIES[family].architecture;
  const named = fields.strings("architectures") ?? [];
  const found = named[0] ?? wanted;
  // The first conversions of LLaMA are spelt LLaMAForCausalLM.
  if (named.length <= 1 && found.toLowerCase() === wanted.toLowerCase()) return found;
  throw fields.unsupported("architectures", named, `with model_type ${family} it must be ["${wanted}"]`);
}

function refuseQuantised(fields: JsonFields): void {
  const supported = "F32, F16 and BF16 weights are; take the checkpoint that it was quantised from";
  const method = fields.object("quantization_config")?.string("quant_method", "unnamed method");
  if (method !== undefined) throw fields.unsupported("quantization_config", method.toUpperCase(), supported);
  // MLX writes its own key.
  const mlx = fields.object("quantization");
  if (mlx !== null) throw fields.unsupported("quantization", Object.fromEntries(mlx.entries()), supported);
}

function refuseActivation(fields: JsonFields): void {
  const activation = fields.string("hidden_act", "silu");
  // transformers has two names for x·sigmoid(x).
  if (activation !== "silu" && activation !== "swish") {
    throw fields.unsupported(
      "hidden_act",
      activation,
      "silu is: computed with it, this model's numbers would be wrong",
    );
  }
}

function parseHeads(fields: JsonFields, family: Family): Pick<ModelConfig, "dModel" | "heads" | "kvHeads" | "headDim"> {
  const defaults = FAMILIES[family];
  const dModel = fields.integer("hidden_size", D_MODEL);
  const heads = fields.integer("num_attention_heads", HEADS);
  const headDimGiven = fields.raw("head_dim") !== undefined || !fields.has("head_dim") && defaults.headDim !== null;
  if (dModel % heads !== 0 && (!headDimGiven || family === "llama")) {
    throw fields.wrong("num_attention_heads", heads, `a divisor of hidden_size, ${dModel}`);
  }
  const headDim = fields.integer("head_dim", HEAD_DIM, headDimGiven ? defaults.headDim ?? undefined : dModel / heads);
  if (headDim % 2 !== 0) {
    throw fields.wrong(
      "head_dim",
      headDim,
      "even: the rotary embedding turns pairs (default: hidden_size / num_attention_heads)",
    );
  }
  const kvKey = "num_key_value_heads";
  const kvHeads = fields.integer(kvKey, HEADS, fields.has(kvKey) ? heads : defaults.kvHeads ?? heads);
  if (heads % kvHeads !== 0) throw fields.wrong(kvKey, kvHeads, `a divisor of num_attention_heads, ${heads}`);
  return { dModel, heads, kvHeads, headDim };
}

function parseBias(fields: JsonFields, family: Family): ModelConfig["bias"] {
  const attention = fields.boolean("attention_bias", false);
  const mlp = fields.boolean("mlp_bias", false);
  if (mlp && family !== "llama") throw fields.unsupported("mlp_bias", mlp, `a ${family} model has none`);
  switch (family) {
    case "llama":
    case "qwen3":
      return { qkv: attention, o: attention, mlp };
    case "mistral":
      if (attention) throw fields.unsupported("attention_bias", attention, "a mistral model has none");
      return { qkv: false, o: false, mlp };
    case "qwen2":
      // Always on q, k and v, never on o; the key is not Qwen2's, and transformers does not look at it.
      return { qkv: true, o: false, mlp };
  }
}
