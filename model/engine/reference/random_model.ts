import { join } from "node:path";
import { expectedTensors } from "../../checkpoint/expected_tensors.ts";
import { parseConfig } from "../../checkpoint/parse_config.ts";
import { writeSafetensorsHeader } from "../../checkpoint/write_safetensors_header.ts";

/** Weights of about this size keep scores and logits apart without saturating the soft-max. */
const SPREAD = 0.6;

/** Writes a model of random float32 weights, config.json and model.safetensors, into `folder`. Tests only. */
export async function writeRandomModel(folder: string, config: Record<string, unknown>, seed: number): Promise<void> {
  const json = JSON.stringify(config);
  const shapes = [...expectedTensors(parseConfig(JSON.parse(json), "config.json").config)];
  const random = randomNumbers(seed);
  const values = shapes.map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const isGain = name.endsWith("norm.weight");
    return Float32Array.from({ length: count }, () => (isGain ? 1 : 0) + SPREAD * random());
  });
  const header = writeSafetensorsHeader(shapes.map(([name, shape]) => ({ name, shape, dtype: "F32" })));
  const bytes = new Blob([header, ...values]);
  await Deno.writeTextFile(join(folder, "config.json"), json);
  await Deno.writeFile(join(folder, "model.safetensors"), bytes.stream());
}

/** Numbers of mean 0 in −1…1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
