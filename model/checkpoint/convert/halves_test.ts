import assert from "node:assert/strict";
import { halves } from "./halves.ts";

const size = { out: 70, in: 37 };
const weights = Float32Array.from({ length: size.out * size.in }, (_, i) => Math.sin(i * 12.9898) ** 3 * (1 + i % 5));
const rows = (values: Float32Array) => (from: number, to: number) =>
  Promise.resolve(values.slice(from * size.in, to * size.in));

Deno.test("halves() keeps every weight within half a step of its low half, transposed", async () => {
  const parts = await halves({ low: true }).encode(size, rows(weights));
  const scale = new Float32Array(parts.get("scale")!.buffer);
  const high = new Int8Array(parts.get("high")!.buffer);
  const low = new Int8Array(parts.get("low")!.buffer);
  for (let n = 0; n < size.out; n++) {
    for (let k = 0; k < size.in; k++) {
      const at = k * size.out + n;
      const value = scale[n]! * (high[at]! + low[at]! / 254);
      const error = Math.abs(value - weights[n * size.in + k]!);
      assert.ok(error <= scale[n]! * (0.5 / 254 + 1e-5), `${n} ${k}: ${error} of ${scale[n]}`);
    }
  }
});

Deno.test("halves() without the low half keeps every weight within half a step", async () => {
  const parts = await halves({ low: false }).encode(size, rows(weights));
  const scale = new Float32Array(parts.get("scale")!.buffer);
  const high = new Int8Array(parts.get("high")!.buffer);
  assert.equal(parts.size, 2);
  for (const [i, value] of weights.entries()) {
    const n = Math.floor(i / size.in);
    assert.ok(Math.abs(scale[n]! * high[(i % size.in) * size.out + n]! - value) <= scale[n]! * 0.5001);
  }
});

Deno.test("halves() takes rows of zeros and of tiny numbers for zero, and refuses what is not finite", async () => {
  const few = Float32Array.from(weights);
  few.fill(0, 0, size.in);
  few.fill(1e-42, size.in, 2 * size.in);
  const parts = await halves({ low: true }).encode(size, rows(few));
  const high = new Int8Array(parts.get("high")!.buffer);
  for (let k = 0; k < size.in; k++) assert.deepEqual([high[k * size.out], high[k * size.out + 1]], [0, 0]);
  for (const bad of [NaN, Infinity]) {
    few[77] = bad;
    await assert.rejects(halves({ low: true }).encode(size, rows(few)), /not a finite number/);
  }
});
