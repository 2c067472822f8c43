import assert from "node:assert/strict";
import fc from "fast-check";
import { CheckpointError, type CheckpointRule } from "./checkpoint_error.ts";
import { parseConfig } from "./parse_config.ts";

/** Llama-2-7B's config.json as published: no rope_theta, no head_dim, no attention_bias. */
const LLAMA2 = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: "silu",
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  tie_word_embeddings: false,
  torch_dtype: "float16",
  pretraining_tp: 1,
  vocab_size: 32000,
};
/** The five keys that have no default, for a family whose other keys are left out. */
const BARE = {
  hidden_size: 4096,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 32,
  vocab_size: 100,
};
const bare = (model_type: string, change: Record<string, unknown> = {}) =>
  parseConfig({ ...BARE, model_type, ...change }).config;

function refuses(change: Record<string, unknown>, rule: CheckpointRule, wanted: RegExp) {
  assert.throws(() => parseConfig({ ...LLAMA2, ...change }), (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    assert.equal(error.rule, rule, error.message);
    assert.match(error.message, wanted);
    return true;
  }, JSON.stringify(change));
}

Deno.test("parseConfig() reads Llama-2-7B's published config", () => {
  assert.deepEqual(parseConfig(LLAMA2), {
    architecture: "LlamaForCausalLM",
    config: {
      family: "llama",
      layers: 32,
      dModel: 4096,
      heads: 32,
      kvHeads: 32,
      headDim: 128,
      ffn: 11008,
      vocabulary: 32000,
      context: 4096,
      rmsNormEps: 1e-5,
      rope: { kind: "default", theta: 10000 },
      slidingWindow: null,
      bias: { qkv: false, o: false, mlp: false },
      qkNorm: false,
      tied: false,
    },
  });
});

Deno.test("parseConfig() fills in what transformers does, family by family", () => {
  const pick = (type: string) => {
    const { kvHeads, headDim, context, rmsNormEps, slidingWindow, bias, qkNorm, tied } = bare(type);
    return { kvHeads, headDim, context, rmsNormEps, slidingWindow, bias, qkNorm, tied };
  };
  const none = { qkv: false, o: false, mlp: false };
  const common = { rmsNormEps: 1e-6, headDim: 128, tied: false, qkNorm: false, slidingWindow: null, bias: none };
  assert.deepEqual(pick("llama"), { ...common, kvHeads: 32, context: 2048 });
  assert.deepEqual(pick("mistral"), { ...common, kvHeads: 8, context: 131072, slidingWindow: 4096 });
  assert.deepEqual(pick("qwen2"), { ...common, kvHeads: 32, context: 32768, bias: { ...none, qkv: true } });
  assert.deepEqual(pick("qwen3"), { ...common, kvHeads: 32, context: 32768, qkNorm: true });
  assert.equal(bare("qwen3", { hidden_size: 1024 }).headDim, 128);
  assert.equal(bare("qwen3", { hidden_size: 1024, head_dim: null }).headDim, 32);
  assert.equal(bare("mistral", { num_key_value_heads: null }).kvHeads, 32);
  assert.deepEqual(bare("qwen3", { attention_bias: true }).bias, { qkv: true, o: true, mlp: false });
});

Deno.test("parseConfig() finds rope_theta and the kind in either spelling; rope_scaling wins whole", () => {
  const rope = (change: Record<string, unknown>) => parseConfig({ ...LLAMA2, ...change }).config.rope;
  const linear = { type: "linear", factor: 4 };
  assert.deepEqual(rope({ rope_theta: 5e5 }), { kind: "default", theta: 5e5 });
  assert.deepEqual(rope({ rope_parameters: { rope_theta: 5e5, rope_type: "default" } }), {
    kind: "default",
    theta: 5e5,
  });
  assert.deepEqual(rope({ rope_theta: 7, rope_scaling: linear }), { kind: "linear", theta: 7, factor: 4 });
  const both = { rope_scaling: linear, rope_parameters: { rope_type: "linear", factor: 8, rope_theta: 9 } };
  assert.deepEqual(rope({ ...both, rope_theta: 7 }), { kind: "linear", theta: 7, factor: 4 });
  assert.deepEqual(rope({ ...both, rope_scaling: {}, rope_theta: 7 }), { kind: "linear", theta: 9, factor: 8 });
  const llama3 = {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };
  assert.deepEqual(rope({ rope_theta: 5e5, rope_scaling: llama3 }), {
    kind: "llama3",
    theta: 5e5,
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalContext: 8192,
  });
  const key = "original_max_position_embeddings";
  refuses({ rope_scaling: { ...llama3, [key]: undefined } }, "config.missing", new RegExp(`rope_scaling.${key}`));
  refuses({ rope_scaling: llama3, [key]: 4096 }, "config.value", /8192, as in/);
  refuses({ rope_scaling: { ...llama3, high_freq_factor: 1 } }, "config.value", /high_freq_factor/);
});

Deno.test("parseConfig() refuses a rotary embedding that it would compute wrongly, by name", () => {
  for (const kind of ["dynamic", "yarn", "longrope", "su", "mrope"]) {
    refuses({ rope_scaling: { type: kind, factor: 2 } }, "config.unsupported", new RegExp(`type "${kind}"`));
    refuses({ rope_parameters: { rope_type: kind, type: "linear" } }, "config.unsupported", new RegExp(kind));
  }
  refuses({ rope_scaling: { type: "linear" } }, "config.missing", /rope_scaling.factor/);
  refuses({ rope_scaling: "linear" }, "config.value", /rope_scaling must be a JSON object/);
  refuses({ rope_parameters: { full_attention: { rope_theta: 1e4 } } }, "config.unsupported", /full_attention/);
  refuses({ partial_rotary_factor: 0.5 }, "config.unsupported", /partial_rotary_factor 0.5/);
  refuses(
    { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.25 } },
    "config.unsupported",
    /partial_rotary/,
  );
  refuses({ rope_theta: 0 }, "config.value", /rope_theta is 0/);
});

Deno.test("parseConfig() gives one sliding window for all layers, and refuses a mixture", () => {
  const full = Array(4).fill("full_attention");
  const sliding = Array(4).fill("sliding_attention");
  const on = { use_sliding_window: true, sliding_window: 8 };
  const window = (type: string, change: Record<string, unknown>) => bare(type, change).slidingWindow;
  assert.equal(window("mistral", { sliding_window: null }), null);
  assert.equal(window("mistral", { sliding_window: 8, layer_types: sliding }), 8);
  assert.equal(window("llama", { sliding_window: 8 }), null);
  assert.equal(window("qwen2", { sliding_window: 8, use_sliding_window: false, max_window_layers: 2 }), null);
  assert.equal(window("qwen2", { ...on, max_window_layers: 0 }), 8);
  assert.equal(window("qwen2", { ...on, max_window_layers: 4 }), null);
  assert.equal(window("qwen3", { ...on, layer_types: sliding }), 8);
  assert.equal(window("qwen3", { ...on, layer_types: full }), null);
  const mixed = ["sliding_attention", ...full.slice(1)];
  const refused = (type: string, change: Record<string, unknown>, wanted: RegExp) =>
    assert.throws(() => bare(type, change), (error) => error instanceof CheckpointError && wanted.test(error.message));
  refused("qwen2", { ...on, max_window_layers: 2 }, /max_window_layers 2/);
  refused("qwen3", { ...on, layer_types: mixed }, /layer_types "full_attention"/);
  refused("qwen3", { layer_types: sliding }, /layer_types "sliding_attention"/);
  refused("llama", { layer_types: mixed }, /layer_types/);
  refused("mistral", { sliding_window: 8, layer_types: full }, /layer_types/);
  refused("mistral", { sliding_window: 8, layer_types: sliding.slice(1) }, /names 3 layers/);
  refused("mistral", { sliding_window: 0 }, /sliding_window is 0/);
});

Deno.test("parseConfig() refuses other families, activations, biases and quantised weights, by name", () => {
  refuses({ model_type: "gemma2" }, "config.unsupported", /model_type "gemma2".*llama, mistral, qwen2, qwen3/);
  refuses({ model_type: "toString" }, "config.unsupported", /model_type "toString"/);
  refuses({ model_type: undefined }, "config.missing", /model_type/);
  refuses(
    { architectures: ["LlamaForSequenceClassification"] },
    "config.unsupported",
    /LlamaForSequenceClassification/,
  );
  refuses({ hidden_act: "gelu_pytorch_tanh" }, "config.unsupported", /hidden_act "gelu_pytorch_tanh"/);
  refuses({ quantization_config: { quant_method: "awq" } }, "config.unsupported", /quantization_config "AWQ"/);
  refuses({ quantization_config: { load_in_4bit: true } }, "config.unsupported", /quantization_config/);
  refuses({ quantization: { bits: 4 } }, "config.unsupported", /quantization/);
  refuses({ model_type: "qwen2", architectures: null, mlp_bias: true }, "config.unsupported", /mlp_bias/);
  refuses({ model_type: "mistral", architectures: null, attention_bias: true }, "config.unsupported", /attention_bias/);
  assert.equal(parseConfig({ ...LLAMA2, architectures: ["LLaMAForCausalLM"] }).architecture, "LLaMAForCausalLM");
  assert.equal(parseConfig({ ...LLAMA2, hidden_act: "swish" }).config.layers, 32);
});

Deno.test("parseConfig() names the key that is missing, of the wrong type or absurd", () => {
  for (const key of Object.keys(BARE)) {
    refuses({ [key]: undefined }, "config.missing", new RegExp(`the key ${key} is missing`));
    for (const value of [0, -1, 1.5, "32", true, 1e9, [], {}]) {
      refuses({ [key]: value }, "config.value", new RegExp(key));
    }
  }
  refuses(
    { num_attention_heads: 3 },
    "config.value",
    /num_attention_heads is 3; it must be a divisor of hidden_size, 4096/,
  );
  refuses({ num_key_value_heads: 5 }, "config.value", /num_key_value_heads is 5; it must be a divisor/);
  refuses({ head_dim: 127 }, "config.value", /head_dim is 127; it must be even/);
  refuses({ rms_norm_eps: -1e-5 }, "config.value", /rms_norm_eps/);
  refuses({ tie_word_embeddings: "no" }, "config.value", /tie_word_embeddings/);
  for (const json of [null, 1, "x", []]) assert.throws(() => parseConfig(json), CheckpointError);
});

Deno.test("parseConfig() answers any value under any key with a config in range or a CheckpointError", () => {
  const keys = [
    ...Object.keys(LLAMA2),
    "head_dim",
    "rope_theta",
    "rope_parameters",
    "layer_types",
    "sliding_window",
    "quantization_config",
    "attention_bias",
    "partial_rotary_factor",
    "original_max_position_embeddings",
  ];
  const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom("llama", "mistral", "qwen2", "qwen3", {}, null));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }), (change) => {
      try {
        const { config } = parseConfig({ ...LLAMA2, ...change });
        assert.ok(config.heads % config.kvHeads === 0 && config.headDim % 2 === 0 && config.layers >= 1);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
