import { CONTEXT, D_MODEL, EPS, FFN, HEAD_DIM, HEADS, LAYERS, VOCABULARY } from "../config_bounds.ts";
import type { Family, ModelConfig, Rope } from "../config.ts";
import type { GgufMetadata } from "./metadata.ts";

const THETA = { min: 0, max: 1e12 };
const FACTOR = { min: 0, max: 1e6 };
const COUNT = { min: 0, max: 2 ** 24 };
const DEFAULT_THETA = 10_000;

/** What llama.cpp's architectures are here. (A Mistral model is written as llama.) */
interface Architecture {
  readonly family: Family;
  readonly name: string;
  /** Its converter puts the rows of q and k into interleaved rotary order (`LLAMA_ROPE_TYPE_NORM`). */
  readonly interleaved: boolean;
  readonly qkNorm: boolean;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  llama: { family: "llama", name: "LlamaForCausalLM", interleaved: true, qkNorm: false },
  qwen2: { family: "qwen2", name: "Qwen2ForCausalLM", interleaved: false, qkNorm: false },
  qwen3: { family: "qwen3", name: "Qwen3ForCausalLM", interleaved: false, qkNorm: true },
};

/** Keys below the architecture that change the arithmetic in ways that are not computed here. */
const UNSUPPORTED = [
  "logit_scale",
  "embedding_scale",
  "residual_scale",
  "attention.scale",
  "attention.clamp_kqv",
  "attention.max_alibi_bias",
  "attention.temperature_length",
  "attention.temperature_scale",
  "attn_logit_softcapping",
  "final_logit_softcapping",
  "use_parallel_residual",
  "rope.scaling.attn_factor",
  "rope.scaling.yarn_log_multiplier",
  "rope.dimension_sections",
];

/** What of a GGUF's tensor table the config depends on. */
export interface GgufTensorFacts {
  /** Rows of the embedding. */
  readonly vocabulary: number;
  readonly tied: boolean;
  readonly bias: ModelConfig["bias"];
  /** `rope_freqs`: divisors of the inverse frequencies, [headDim / 2]. */
  readonly ropeFactors: readonly number[] | null;
}

export interface GgufConfig {
  readonly config: ModelConfig;
  /** Hugging Face's name of the architecture. */
  readonly architecture: string;
}

/**
 * What the model is, from the metadata of its GGUF file. What this service would compute wrongly is refused by name.
 *
 * @throws {CheckpointError} rules `config.missing`, `config.value`, `config.unsupported`
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function ggufConfig(metadata: GgufMetadata, facts: GgufTensorFacts): GgufConfig {
  const arch = metadata.string("general.architecture");
  const known = Object.hasOwn(ARCHITECTURES, arch) ? ARCHITECTURES[arch] : undefined;
  if (known === undefined) {
    throw metadata.unsupported("general.architecture", `${Object.keys(ARCHITECTURES).join(", ")} are`);
  }
  refuseUnsupported(metadata, arch);
  const heads = parseHeads(metadata, arch);
  const context = metadata.integer(`${arch}.context_length`, CONTEXT);
  const vocabulary = metadata.integer(`${arch}.vocab_size`, VOCABULARY, facts.vocabulary);
  if (vocabulary !== facts.vocabulary) {
    throw metadata.wrong(`${arch}.vocab_size`, `${facts.vocabulary}, the rows of token_embd.weight`);
  }
  const config: ModelConfig = {
    family: known.family,
    layers: metadata.integer(`${arch}.block_count`, LAYERS),
    ...heads,
    ffn: metadata.integerOfLayers(`${arch}.feed_forward_length`, FFN),
    vocabulary,
    context,
    rmsNormEps: metadata.positive(`${arch}.attention.layer_norm_rms_epsilon`, EPS),
    rope: parseRope(metadata, arch, heads.headDim, facts.ropeFactors),
    slidingWindow: parseSlidingWindow(metadata, arch, context),
    bias: facts.bias,
    qkNorm: known.qkNorm,
    tied: facts.tied,
    ...(known.interleaved ? { ropeInterleaved: true } : {}),
  };
  return { config, architecture: known.name };
}

function refuseUnsupported(metadata: GgufMetadata, arch: string): void {
  const key = UNSUPPORTED.map((name) => `${arch}.${name}`).find((name) => metadata.has(name));
  if (key !== undefined) throw metadata.unsupported(key, "computed without it, this model's numbers would be wrong");
  if (metadata.integer(`${arch}.expert_count`, COUNT, 0) > 0) {
    throw metadata.unsupported(`${arch}.expert_count`, "mixtures of experts are not read");
  }
  if (!metadata.boolean(`${arch}.attention.causal`, true)) {
    throw metadata.unsupported(`${arch}.attention.causal`, "only causal attention is");
  }
}

function parseHeads(
  metadata: GgufMetadata,
  arch: string,
): Pick<ModelConfig, "dModel" | "heads" | "kvHeads" | "headDim"> {
  const dModel = metadata.integer(`${arch}.embedding_length`, D_MODEL);
  const heads = metadata.integerOfLayers(`${arch}.attention.head_count`, HEADS);
  const kvHeads = metadata.integerOfLayers(`${arch}.attention.head_count_kv`, HEADS, heads);
  if (heads % kvHeads !== 0) throw metadata.wrong(`${arch}.attention.head_count_kv`, `a divisor of ${heads} heads`);
  const key = `${arch}.attention.key_length`;
  if (!metadata.has(key) && dModel % heads !== 0) {
    throw metadata.wrong(`${arch}.attention.head_count`, `a divisor of embedding_length, ${dModel}`);
  }
  const headDim = metadata.integer(key, HEAD_DIM, dModel / heads);
  if (headDim % 2 !== 0) throw metadata.wrong(key, "even: the rotary embedding turns pairs");
  const value = metadata.integer(`${arch}.attention.value_length`, HEAD_DIM, headDim);
  if (value !== headDim) throw metadata.unsupported(`${arch}.attention.value_length`, `only ${headDim}, the key's, is`);
  if (metadata.integer(`${arch}.rope.dimension_count`, HEAD_DIM, headDim) !== headDim) {
    throw metadata.unsupported(`${arch}.rope.dimension_count`, `only ${headDim}, the whole head rotated, is`);
  }
  return { dModel, heads, kvHeads, headDim };
}

function parseRope(metadata: GgufMetadata, arch: string, headDim: number, factors: readonly number[] | null): Rope {
  const theta = metadata.positive(`${arch}.rope.freq_base`, THETA, DEFAULT_THETA);
  const key = `${arch}.rope.scaling.type`;
  // Before there was a type, a factor alone meant linear.
  const old = `${arch}.rope.scale_linear`;
  const kind = metadata.string(key, metadata.has(old) ? "linear" : "none");
  if (kind !== "none" && kind !== "linear") throw metadata.unsupported(key, "none and linear are");
  const factor = kind === "none"
    ? 1
    : metadata.positive(metadata.has(old) ? old : `${arch}.rope.scaling.factor`, FACTOR);
  if (factors === null) return factor === 1 ? { kind: "default", theta } : { kind: "linear", theta, factor };
  if (factor !== 1) throw metadata.unsupported(key, "a file with rope_freqs scales by those alone");
  if (factors.length !== headDim / 2 || factors.some((one) => !(one > 0 && one <= FACTOR.max))) {
    throw metadata.wrong("rope_freqs.weight", `${headDim / 2} numbers above 0`);
  }
  return { kind: "factors", theta, factors };
}

/** llama.cpp gives these architectures the whole context whatever a file says; a window it cuts is computed for llama. */
function parseSlidingWindow(metadata: GgufMetadata, arch: string, context: number): number | null {
  const key = `${arch}.attention.sliding_window`;
  const window = metadata.integer(key, COUNT, 0);
  if (window === 0 || window >= context) return null;
  if (arch !== "llama") throw metadata.unsupported(key, "whether a Qwen file means it is not said in the file");
  return window;
}
