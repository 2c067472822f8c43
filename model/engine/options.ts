import type { ByteKernel } from "../checkpoint/matrix.ts";
import type { PrecisionChoice } from "./precision.ts";

/** What the engine process is started with; plain JSON, because it travels to another process. */
export interface EngineOptions {
  /** Folder of the checkpoint (config.json beside the safetensors files), or a GGUF file. */
  readonly model: string;
  /** Name under which answers speak of the model; the folder's base name when absent. */
  readonly id?: string;
  readonly precision: PrecisionChoice;
  /** Of `f32` only: weights are read from their files stage by stage in every pass, for a model larger than memory. */
  readonly streamWeights?: boolean;
  /** Threads of one ONNX Runtime session; the number of physical cores when absent. */
  readonly threads?: number;
  /** The longest prompt accepted, in tokens; the model's context when absent. */
  readonly maxTokens?: number;
  /** Folder for weights in another precision, written once. */
  readonly cacheFolder?: string;
  /** Consecutive blocks in one graph; chosen from the model's size when absent. */
  readonly blocksPerStage?: number;
  /** Tokens of a prompt that pass a stage in one run; bounds the memory of a long prompt. */
  readonly chunkTokens?: number;
  /** Rows in one run of the head. */
  readonly rowBlock?: number;
  /** Bytes of keys and values of recent prompts kept in memory; 0: none. */
  readonly prefixCacheBytes?: number;
  /** The product of bytes to use, in place of the one that is proven exact at start. */
  readonly byteKernel?: ByteKernel;
  /** Bytes of lens translators kept in memory. */
  readonly lensMemoryBytes?: number;
}
