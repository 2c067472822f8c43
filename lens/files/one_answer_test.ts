import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, safetensorsOf } from "./fixtures/small_files.ts";
import { type SavedTensor, torchSave, whole } from "./write/torch_save.ts";
import { readLens } from "./read_lens.ts";
import { memorySource } from "./source.ts";

/** A lens of float16's own numbers, so that every dtype holds it exactly. */
interface RandomLens {
  readonly d: number;
  readonly weights: readonly Float32Array<ArrayBuffer>[];
  readonly biases: readonly Float32Array<ArrayBuffer>[];
}

const randomLens: fc.Arbitrary<RandomLens> = fc.record({
  d: fc.integer({ min: 1, max: 9 }),
  layers: fc.integer({ min: 1, max: 4 }),
})
  .chain(({ d, layers }) => {
    const numbers = (count: number) => {
      const number = fc.integer({ min: -1024, max: 1024 }).map((value) => value / 64);
      return fc.array(number, { minLength: count, maxLength: count }).map((values) => Float32Array.from(values));
    };
    const many = (count: number) => fc.array(numbers(count), { minLength: layers, maxLength: layers });
    return fc.record({ d: fc.constant(d), weights: many(d * d), biases: many(d) });
  });

type Container = (lens: RandomLens) => Uint8Array;

const transposed = ({ d, weights, biases }: RandomLens): RandomLens => {
  const turned = weights.map((weight) => weight.map((_, at) => weight[at % d * d + Math.floor(at / d)] ?? NaN));
  return { d, weights: turned, biases };
};

const torch =
  (stride: (d: number) => number[], type: string, store: (values: Float32Array) => ArrayBufferView): Container =>
  ({ d, weights, biases }) => {
    const tensors = new Map<string, SavedTensor>();
    const storages: Record<string, Uint8Array> = {};
    weights.forEach((weight, layer) => {
      tensors.set(`${layer}.weight`, { ...whole(String(2 * layer), [d, d], type), stride: stride(d) });
      tensors.set(`${layer}.bias`, whole(String(2 * layer + 1), [d], type));
      storages[2 * layer] = bytesOf(store(weight));
      storages[2 * layer + 1] = bytesOf(store(biases[layer] ?? new Float32Array()));
    });
    return torchSave(tensors, storages);
  };

const shared: Container = ({ d, weights, biases }) => {
  const all = Float32Array.from([9, 9, ...weights.flatMap((weight, layer) => [...weight, ...biases[layer] ?? []])]);
  const numel = all.length;
  const tensors = new Map<string, SavedTensor>();
  weights.forEach((_, layer) => {
    const offset = 2 + layer * (d * d + d);
    tensors.set(`${layer}.weight`, { ...whole("0", [d, d]), numel, offset });
    tensors.set(`${layer}.bias`, { ...whole("0", [d]), numel, offset: offset + d * d });
  });
  return torchSave(tensors, { 0: bytesOf(all) });
};

const CONTAINERS: Record<string, Container> = {
  safetensors: ({ d, weights, biases }) =>
    safetensorsOf(weights.flatMap((values, layer) => [
      { name: `${layer}.weight`, shape: [d, d], values },
      { name: `${layer}.bias`, shape: [d], values: biases[layer] ?? new Float32Array() },
    ])),
  torch: torch((d) => [d, 1], "FloatStorage", (values) => values),
  float16: torch((d) => [d, 1], "HalfStorage", (values) => new Float16Array(values)),
  float64: torch((d) => [d, 1], "DoubleStorage", (values) => new Float64Array(values)),
  transposed: (lens) => torch((d) => [1, d], "FloatStorage", (values) => values)(transposed(lens)),
  shared,
};

for (const [name, container] of Object.entries(CONTAINERS)) {
  Deno.test(`readLens() gives one answer for a random lens: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(randomLens, async (random) => {
        const lens = await readLens(memorySource(container(random)));
        assert.deepEqual(lens.contents.layers, random.weights.map((_, layer) => layer));
        for (const layer of lens.contents.layers) {
          const { weight, bias } = await lens.materialise(layer);
          assert.deepEqual([weight, bias], [random.weights[layer], random.biases[layer]]);
        }
      }),
      { numRuns: 100 },
    );
  });
}
