const WHOLE: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

const OF_BLOCK: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/**
 * Hugging Face's name of a tensor: `blk.3.attn_q.weight` → `model.layers.3.self_attn.q_proj.weight`.
 *
 * @returns null for a name that these architectures do not have
 */
export function huggingFaceName(name: string): string | null {
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name]!;
  const [, layer, part, kind] = /^blk\.(0|[1-9][0-9]{0,4})\.([a-z_]+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined || !Object.hasOwn(OF_BLOCK, part)) return null;
  return `model.layers.${layer}.${OF_BLOCK[part]}.${kind}`;
}
