import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import { EMBEDDING } from "../checkpoint/convert/layout.ts";
import { stagesOf } from "./stages_of.ts";

const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;

/** Of the states that the prompts of a pass over streamed weights hold, at least: 250 positions of all states of Llama-2-7B. */
export const STREAMED_STATE_BYTES = 512 * 2 ** 20;

/**
 * Bytes of weights in memory where stages are streamed: one that is computed, the next, which is being read, and lm_head, which
 * stays. In float32, as they are multiplied.
 */
export function streamedWeightsBytes(
  { config, tensors }: Pick<Checkpoint, "config" | "tensors">,
  blocksPerStage: number,
): number {
  const bytesOf = (name: string) => (tensors.get(name)?.shape ?? [0]).reduce((size, dim) => size * dim, FLOAT32);
  const stages = stagesOf(config.layers, blocksPerStage).map(({ from, to }) => {
    const prefixes = Array.from({ length: to - from }, (_, i) => `model.layers.${from + i}.`);
    return [...tensors.keys()].filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
      .reduce((sum, name) => sum + bytesOf(name), 0);
  });
  return Math.min(2, stages.length) * Math.max(...stages) + bytesOf(config.tied ? EMBEDDING : "lm_head.weight");
}

/** Bytes of a prompt on its way: its hidden states before and after a stage, and the keys and values of one, copied by each run. */
export function streamedPromptBytes(config: ModelConfig, tokens: number, blocksPerStage: number): number {
  const keyValues = 2 * config.kvHeads * config.headDim;
  return 2 * tokens * (config.dModel + keyValues * blocksPerStage) * FLOAT32;
}
