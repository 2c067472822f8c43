import type { ModelConfig } from "./config.ts";

/**
 * Every tensor a model of this config has, by Hugging Face name, with its shape (a linear layer's weight is [out, in]).
 * A tied model has no `lm_head.weight` of its own.
 */
export function expectedTensors(config: ModelConfig): Map<string, readonly number[]> {
  const { dModel, ffn, vocabulary, layers } = config;
  const q = config.heads * config.headDim;
  const kv = config.kvHeads * config.headDim;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, out: number, into: number, bias: boolean) => {
    shapes.set(`${name}.weight`, [out, into]);
    if (bias) shapes.set(`${name}.bias`, [out]);
  };
  shapes.set("model.embed_tokens.weight", [vocabulary, dModel]);
  for (let layer = 0; layer < layers; layer++) {
    const block = `model.layers.${layer}`;
    shapes.set(`${block}.input_layernorm.weight`, [dModel]);
    linear(`${block}.self_attn.q_proj`, q, dModel, config.bias.qkv);
    linear(`${block}.self_attn.k_proj`, kv, dModel, config.bias.qkv);
    linear(`${block}.self_attn.v_proj`, kv, dModel, config.bias.qkv);
    linear(`${block}.self_attn.o_proj`, dModel, q, config.bias.o);
    if (config.qkNorm) {
      shapes.set(`${block}.self_attn.q_norm.weight`, [config.headDim]);
      shapes.set(`${block}.self_attn.k_norm.weight`, [config.headDim]);
    }
    shapes.set(`${block}.post_attention_layernorm.weight`, [dModel]);
    linear(`${block}.mlp.gate_proj`, ffn, dModel, config.bias.mlp);
    linear(`${block}.mlp.up_proj`, ffn, dModel, config.bias.mlp);
    linear(`${block}.mlp.down_proj`, dModel, ffn, config.bias.mlp);
  }
  shapes.set("model.norm.weight", [dModel]);
  if (!config.tied) shapes.set("lm_head.weight", [vocabulary, dModel]);
  return shapes;
}
