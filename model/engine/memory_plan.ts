import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import type { MachineMemory } from "./machine_memory.ts";

const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;
/** The runtimes themselves, before any weight: measured on the demo. */
const PROCESSES_BYTES = 300 * 2 ** 20;
const EMBEDDING = "model.embed_tokens.weight";

/** Bytes an engine takes. */
export interface MemoryPlan {
  /** Weights as ONNX Runtime packs them: float32, once; the embedding stays in its file unless lm_head shares it. */
  readonly weightsBytes: number;
  /** Graph buffers of one run of the largest stage and of the head, and the runtimes. */
  readonly workingBytes: number;
  /** Keys and values of one prompt of the longest length. */
  readonly promptBytes: number;
}

export interface PlanSizes {
  readonly maxTokens: number;
  readonly chunkTokens: number;
  readonly rowBlock: number;
}

/** @returns what a float32 engine of this checkpoint needs */
export function planMemory(checkpoint: Pick<Checkpoint, "config" | "tensors">, sizes: PlanSizes): MemoryPlan {
  const { config, tensors } = checkpoint;
  let weightsBytes = 0;
  for (const [name, { shape }] of tensors) {
    if (name === EMBEDDING && !config.tied) continue;
    weightsBytes += shape.reduce((product, dim) => product * dim, 1) * FLOAT32;
  }
  const stage = sizes.chunkTokens * (3 * config.ffn + 6 * config.dModel) * FLOAT32;
  const head = sizes.rowBlock * (3 * config.vocabulary + 3 * config.dModel) * FLOAT32;
  return {
    weightsBytes,
    workingBytes: PROCESSES_BYTES + stage + head,
    promptBytes: promptBytes(config, sizes.maxTokens),
  };
}

/** Bytes of the keys and values of a prompt, held while its chunks go through; twice, because each run copies them. */
export function promptBytes(config: ModelConfig, tokens: number): number {
  const oneLayer = 2 * config.kvHeads * config.headDim * tokens * FLOAT32;
  return (config.layers + 1) * oneLayer;
}

/** @throws {Error} with the figures, when the plan cannot fit; nothing has been loaded by then */
export function refuseWhatCannotFit(id: string, plan: MemoryPlan, memory: MachineMemory): void {
  const needed = plan.weightsBytes + plan.workingBytes + plan.promptBytes;
  if (needed <= memory.availableBytes) return;
  throw new Error(
    `${id} needs ${gib(needed)} in float32 (${gib(plan.weightsBytes)} weights, ${
      gib(plan.promptBytes)
    } for the longest ` +
      `prompt, ${gib(plan.workingBytes)} to work in) and there are ${gib(memory.availableBytes)} (${memory.source}); ` +
      `take a machine with more memory, a smaller model, or a lower --max-tokens`,
  );
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
