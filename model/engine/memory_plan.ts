import { EMBEDDING, planLayout } from "../checkpoint/convert/layout.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import { SAFETENSORS_BYTES_OF } from "../checkpoint/safetensors_header.ts";
import type { Precision } from "./precision.ts";
import { STREAMED_STATE_BYTES, streamedPromptBytes, streamedWeightsBytes } from "./streamed_plan.ts";

const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;
/** The runtimes themselves, before any weight: measured on the demo. */
const PROCESSES_BYTES = 300 * 2 ** 20;
/** Of the scale of a block MatMulNBits keeps one packed, one mapped, and a sum beside them. */
const COPIES_OF_SCALES = 3;

/** Bytes an engine takes. */
export interface MemoryPlan {
  /** Weights as ONNX Runtime packs them, once; the embedding stays in its file unless a float32 lm_head shares it. */
  readonly weightsBytes: number;
  /** Graph buffers of one run of the largest stage and of the head, and the runtimes. */
  readonly workingBytes: number;
  /** Keys and values of one prompt of the longest length. */
  readonly promptBytes: number;
  /** Translators of lenses kept in memory. */
  readonly lensBytes: number;
}

export interface PlanSizes {
  readonly maxTokens: number;
  readonly chunkTokens: number;
  readonly rowBlock: number;
  readonly lensBytes: number;
  /** Blocks of a stage where float32 weights are streamed; left out: they are kept. */
  readonly streamedBlocks?: number;
}

type Sized = Pick<Checkpoint, "config" | "tensors">;

/** @returns what an engine of this checkpoint needs in a precision; nothing has to be loaded or converted for it */
export function planMemory(checkpoint: Sized, precision: Precision, sizes: PlanSizes): MemoryPlan {
  const { config } = checkpoint;
  const { streamedBlocks } = sizes;
  const stage = sizes.chunkTokens * (3 * config.ffn + 6 * config.dModel) * FLOAT32;
  // Quantised products are added from parts, each as large as the logits.
  const logits = precision === "f32" ? 3 : 5;
  const head = sizes.rowBlock * (logits * config.vocabulary + 3 * config.dModel) * FLOAT32;
  const workingBytes = PROCESSES_BYTES + stage + head;
  if (precision === "f32" && streamedBlocks !== undefined) {
    return {
      weightsBytes: streamedWeightsBytes(checkpoint, streamedBlocks),
      workingBytes: workingBytes + STREAMED_STATE_BYTES,
      promptBytes: streamedPromptBytes(config, sizes.maxTokens, streamedBlocks),
      lensBytes: sizes.lensBytes,
    };
  }
  return {
    weightsBytes: precision === "f32" ? floatBytes(checkpoint) : convertedBytes(checkpoint, precision),
    workingBytes,
    promptBytes: promptBytes(config, sizes.maxTokens),
    lensBytes: sizes.lensBytes,
  };
}

function floatBytes({ config, tensors }: Sized): number {
  let bytes = 0;
  for (const [name, { shape }] of tensors) {
    if (name === EMBEDDING && !config.tied) continue;
    bytes += shape.reduce((product, dim) => product * dim, FLOAT32);
  }
  return bytes;
}

function convertedBytes(checkpoint: Sized, precision: Exclude<Precision, "f32">): number {
  let bytes = 0;
  for (const { name, dtype, shape } of planLayout(checkpoint, precision).entries) {
    if (name === EMBEDDING) continue;
    const copies = name.endsWith(".scales") ? COPIES_OF_SCALES : 1;
    bytes += shape.reduce((product, dim) => product * dim, copies * SAFETENSORS_BYTES_OF[dtype]!);
  }
  return bytes;
}

/** Bytes of the keys and values of a prompt, held while its chunks go through; twice, because each run copies them. */
export function promptBytes(config: ModelConfig, tokens: number): number {
  const oneLayer = 2 * config.kvHeads * config.headDim * tokens * FLOAT32;
  return (config.layers + 1) * oneLayer;
}

export function neededBytes(plan: MemoryPlan): number {
  return plan.weightsBytes + plan.workingBytes + plan.promptBytes + plan.lensBytes;
}
