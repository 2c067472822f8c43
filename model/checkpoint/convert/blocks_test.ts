import assert from "node:assert/strict";
import { blocks4 } from "./blocks.ts";

const BLOCK = 32;
/** A row of two blocks and a bit. */
const size = { out: 20, in: 75 };
const weights = Float32Array.from({ length: size.out * size.in }, (_, i) => Math.sin(i * 12.9898) ** 3 + (i % 7) / 9);

/** Values as MatMulNBits reads them. */
async function decoded(values: Float32Array): Promise<Float32Array> {
  const rows = (from: number, to: number) => Promise.resolve(values.slice(from * size.in, to * size.in));
  const parts = await blocks4(BLOCK).encode(size, rows);
  const scales = new Float32Array(parts.get("scales")!.buffer);
  const [codes, zeros] = [parts.get("codes")!, parts.get("zero_points")!];
  const blocks = Math.ceil(size.in / BLOCK);
  return values.map((_, i) => {
    const [n, k] = [Math.floor(i / size.in), i % size.in];
    const block = Math.floor(k / BLOCK);
    const code = codes[(n * blocks + block) * BLOCK / 2 + (k % BLOCK >> 1)]! >> 4 * (k & 1) & 15;
    const zero = zeros[n * Math.ceil(blocks / 2) + (block >> 1)]! >> 4 * (block & 1) & 15;
    return scales[n * blocks + block]! * (code - zero);
  });
}

/** Rounding by the largest magnitude of a block: what everybody's simplest 4 bits do. */
function byMagnitude(values: Float32Array): Float32Array {
  return values.map((value, i) => {
    const start = i - i % size.in % BLOCK;
    const end = Math.min(start + BLOCK, i - i % size.in + size.in);
    const scale = Math.max(...values.slice(start, end).map(Math.abs)) / 7;
    return Math.round(value / scale) * scale;
  });
}

function squaredError(found: Float32Array): number {
  return found.reduce((sum, value, i) => sum + (value - weights[i]!) ** 2, 0);
}

Deno.test("blocks4() has less than half the squared error of rounding by the largest magnitude", async () => {
  const [ours, plain] = [squaredError(await decoded(weights)), squaredError(byMagnitude(weights))];
  assert.ok(ours < plain / 2, `${ours} ${plain}`);
});

Deno.test("blocks4() keeps zeros, values that fit its codes, and blocks on one side of zero", async () => {
  const exact = weights.map((_, i) => i < size.in ? 0 : ((i * 5) % 16 - 3) / 8);
  const found = await decoded(exact);
  for (const [i, value] of exact.entries()) {
    // The bit of a block at the end has not all sixteen values, so that other steps may fit.
    if (i % size.in < 2 * BLOCK) assert.ok(Math.abs(found[i]! - value) <= 1e-6, `${i}: ${found[i]} ${value}`);
  }
  const positive = weights.map((value) => 1 + Math.abs(value) / 20);
  for (const [i, value] of (await decoded(positive)).entries()) assert.ok(Math.abs(value - positive[i]!) < 0.05);
});

Deno.test("blocks4() refuses what is not finite", async () => {
  const bad = weights.slice();
  bad[50] = NaN;
  await assert.rejects(decoded(bad), /not a finite number/);
});
