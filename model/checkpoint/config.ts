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
  }
  /** Each inverse frequency divided by its own factor, [headDim / 2]: a GGUF's `rope_freqs`. */
  | { readonly kind: "factors"; readonly theta: number; readonly factors: readonly number[] };

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
  /** Rows of q and k come in rotary pairs (2i, 2i + 1), as a Llama's GGUF has them; left out: in halves (i, i + headDim / 2). */
  readonly ropeInterleaved?: boolean;
  /** Keys a position sees, itself included; null: all before it. */
  readonly slidingWindow: number | null;
  readonly bias: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** RMSNorm of each query and key head before the rotary embedding (Qwen3). */
  readonly qkNorm: boolean;
  /** lm_head is the embedding matrix. */
  readonly tied: boolean;
}
