import assert from "node:assert/strict";
import { SITES } from "../../../lens/sites.ts";
import { architectures, GOLDEN } from "../../../tests/service/golden_files.ts";
import { readSafetensors } from "../../../tests/service/safetensors.ts";
import { Float64Model } from "./float64_model.ts";

/** Noise of the float32 reference itself, relative to the largest value of a tensor. */
const TOLERANCE = 5e-6;
const never = new AbortController().signal;

for (const name of architectures()) {
  Deno.test(`Float64Model computes ${name} as PyTorch does: every state and logit`, async () => {
    const folder = `${GOLDEN}/architectures/${name}`;
    const model = await Float64Model.open(folder);
    const expected = readSafetensors(`${folder}/expected.safetensors`);
    for (const sequence of ["seq0", "seq1", "seq2"]) {
      const ids = [...expected.get(`${sequence}.input_ids`).values];
      const run = await model.run(ids, never);
      const { layers, dModel } = model.checkpoint.config;
      for (const site of SITES) {
        const { values } = expected.get(`${sequence}.${site}`);
        const size = ids.length * dModel;
        for (let layer = 0; layer < layers; layer++) {
          compare(
            run.state(site, layer),
            values.subarray(layer * size, (layer + 1) * size),
            `${sequence} ${site}.${layer}`,
          );
        }
      }
      compare(run.logits, expected.get(`${sequence}.logits`).values, `${sequence} logits`);
    }
  });
}

Deno.test("Float64Model stops when the signal aborts", async () => {
  const model = await Float64Model.open(`${GOLDEN}/architectures/qwen3`);
  await assert.rejects(model.run([1, 2, 3], AbortSignal.abort(new Error("hung up"))), /hung up/);
});

function compare(found: Float64Array, expected: Float64Array, where: string): void {
  assert.equal(found.length, expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [index, value] of expected.entries()) {
    const difference = Math.abs(found[index]! - value);
    assert.ok(difference <= TOLERANCE * largest, `${where} [${index}]: ${found[index]}, expected ${value}`);
  }
}
