import assert from "node:assert/strict";
import type { ModelConfig } from "../checkpoint/config.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { planMemory } from "./memory_plan.ts";
import { STREAMED_STATE_BYTES } from "./streamed_plan.ts";

/** Llama-2-7B's tensors, as float16. */
function llama2(layers: number) {
  const config = { layers, dModel: 4096, ffn: 11008, kvHeads: 32, headDim: 128, vocabulary: 32000, tied: false };
  const shapes: Record<string, readonly number[]> = {
    "model.embed_tokens.weight": [32000, 4096],
    "lm_head.weight": [32000, 4096],
    "model.norm.weight": [4096],
  };
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    for (const name of ["q", "k", "v", "o"]) shapes[`${at}.self_attn.${name}_proj.weight`] = [4096, 4096];
    for (const name of ["gate", "up", "down"]) shapes[`${at}.mlp.${name}_proj.weight`] = [11008, 4096];
  }
  const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, { name, dtype: "F16", shape }]));
  return { config: config as ModelConfig, tensors: tensors as unknown as ReadonlyMap<string, TensorSource> };
}

const sizes = { maxTokens: 4096, chunkTokens: 512, rowBlock: 152, lensBytes: 0 };

Deno.test("planMemory() counts two stages and the head where weights are streamed, whatever the depth", () => {
  const block = 4 * (4 * 4096 * 4096 + 3 * 4096 * 11008);
  const head = 4 * 4096 * 32000;
  for (const layers of [2, 32]) {
    const streamed = planMemory(llama2(layers), "f32", { ...sizes, streamedBlocks: 1 });
    assert.equal(streamed.weightsBytes, 2 * block + head);
    assert.equal(streamed.promptBytes, 2 * 4096 * (4096 + 2 * 4096) * 4);
    const kept = planMemory(llama2(layers), "f32", sizes);
    assert.equal(kept.weightsBytes, layers * block + head + 4 * 4096);
    assert.equal(streamed.workingBytes, kept.workingBytes + STREAMED_STATE_BYTES);
  }
  const whole = planMemory(llama2(3), "f32", { ...sizes, streamedBlocks: 3 });
  assert.equal(whole.weightsBytes, 3 * block + head);
  const quantised = planMemory(llama2(3), "q16", { ...sizes, streamedBlocks: 1 });
  assert.deepEqual(quantised, planMemory(llama2(3), "q16", sizes));
});
