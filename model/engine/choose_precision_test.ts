import assert from "node:assert/strict";
import { choosePrecision } from "./choose_precision.ts";
import type { MemoryPlan } from "./memory_plan.ts";
import type { Precision } from "./precision.ts";

const GIB = 2 ** 30;
const plan = (weights: number): MemoryPlan => ({
  weightsBytes: weights * GIB,
  workingBytes: GIB,
  promptBytes: 2 * GIB,
  lensBytes: GIB,
});
const plans = new Map<Precision, MemoryPlan>([["f32", plan(25)], ["q16", plan(12.5)]]);
const memory = (gib: number) => ({ availableBytes: gib * GIB, source: "cgroup limit" });

Deno.test("choosePrecision() takes the most faithful that fits, working set and lenses with it, and says why", () => {
  assert.equal(choosePrecision("m", "auto", plans, memory(30)).precision, "f32");
  const { precision, why } = choosePrecision("m", "auto", plans, memory(24));
  assert.equal(precision, "q16");
  assert.equal(
    why,
    "precision q16, the most faithful that fits: there are 24.0 GiB (cgroup limit); needed would be f32 29.0 GiB, q16 16.5 GiB",
  );
  assert.equal(choosePrecision("m", "auto", plans, memory(16.5)).precision, "q16");
});

Deno.test("choosePrecision() refuses what cannot fit with what each would need", () => {
  assert.throws(
    () => choosePrecision("m", "auto", plans, memory(16)),
    /^Error: m needs 16\.5 GiB in q16 \(12\.5 GiB weights/,
  );
  assert.throws(
    () => choosePrecision("m", "f32", plans, memory(24)),
    /m needs 29\.0 GiB in f32 .*there are 24\.0 GiB \(cgroup limit\); q16 would need 16\.5 GiB; take/,
  );
  assert.equal(choosePrecision("m", "q16", plans, memory(64)).precision, "q16");
});

Deno.test("choosePrecision() names streamed weights where nothing asked for fits", () => {
  assert.throws(
    () => choosePrecision("m", "f32", plans, memory(24), plan(2)),
    /m needs 29\.0 GiB in f32 .*; q16 would need 16\.5 GiB; --precision f32 --stream-weights would need 6\.0 GiB; take/,
  );
  assert.equal(choosePrecision("m", "f32", new Map([["f32", plan(2)]]), memory(6)).precision, "f32");
});
