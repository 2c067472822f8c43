import type { ModelConfig } from "./config.ts";
import type { Matrix } from "./matrix.ts";
import type { TensorSource } from "./tensor_source.ts";

/** A model on disk, checked whole: every tensor the config calls for is there, in range, and of the right shape. */
export interface Checkpoint {
  /** The folder's or hub's name for people, e.g. `Llama-2-7b-hf`; never a path. */
  readonly id: string;
  /** `sha256:<hex>` (numerics.md, Lens files). */
  readonly digest: string;
  readonly config: ModelConfig;
  /** Architecture as the config names it, e.g. `LlamaForCausalLM`. */
  readonly architecture: string;
  /** dtype of the weights as stored, or a GGUF's block type; the commonest where they are mixed. */
  readonly dtype: string;
  /** By Hugging Face name, e.g. `model.layers.0.self_attn.q_proj.weight`. A tied model has no `lm_head.weight`. */
  readonly tensors: ReadonlyMap<string, TensorSource>;
  /**
   * Linear layers that are multiplied in another form than that of `tensors`, by the name of their weight; lm_head always
   * under `lm_head.weight`, tied or not. Left out: all of them are multiplied as they lie in `tensors`.
   */
  readonly matrices?: ReadonlyMap<string, Matrix>;
}
