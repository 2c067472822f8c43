import type { Site } from "../../clients/typescript/midstream.ts";

/** Columns of DanYuDE/Research-Project's `result/*_res.csv` after `Layer`, and what each decodes at the last position. */
export const SEED_COLUMNS: readonly { readonly title: string; readonly site: Site }[] = [
  { title: "Attention mechanism", site: "attn_out" },
  { title: "Intermediate residual stream", site: "resid_mid" },
  { title: "MLP output", site: "mlp_out" },
  { title: "Block output", site: "resid_post" },
];

export const SEED_HEADER = ["Layer", ...SEED_COLUMNS.map(({ title }) => title)].join(",");
