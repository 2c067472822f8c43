/** Points of the residual stream inside block l, in the order in which a state passes them (numerics.md, The model). */
export const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const;
export type Site = (typeof SITES)[number];

export const SITE_MEANING: Readonly<Record<Site, string>> = {
  resid_pre: "the residual stream entering the block, h_l",
  attn_out: "what the attention adds: the output of its output projection",
  resid_mid: "the residual stream after the attention, h_l + attn_out",
  mlp_out: "what the MLP adds: the output of its down projection",
  resid_post: "the residual stream leaving the block, h_{l+1}",
};
