/** Rotary position embedding: how the inverse frequencies are made (numerics.md, Weights). */
export type Rope =
  | { readonly kind: "default"; readonly theta: number }
  | { readonly kind: "linear"; readonly theta: number; readonly factor: number }
  | {
    readonly kind: "llama3";
    readonly theta: number;
    readonly factor: number;
    readonly lowFreqFactor: number;
    readonly highFreqFactor: number;
    readonly originalContext: number;
  };

export type Family = "llama" | "mistral" | "qwen2" | "qwen3";

/** What a model is, parsed once from either spelling of `config.json`; nothing in it can be wrong any more. */
export interface ModelConfig {
  readonly family: Family;
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Width of the MLP (`intermediate_size`). */
  readonly ffn: number;
  readonly vocabulary: number;
  /** Longest prompt in tokens (`max_position_embeddings`). */
  readonly context: number;
  readonly rmsNormEps: number;
  readonly rope: Rope;
  /** Keys a position sees, itself included; null: all before it. */
  readonly slidingWindow: number | null;
  readonly bias: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** RMSNorm of each query and key head before the rotary embedding (Qwen3). */
  readonly qkNorm: boolean;
  /** lm_head is the embedding matrix. */
  readonly tied: boolean;
}
