import assert from "node:assert/strict";
import { Float64Rope } from "./float64_rope.ts";

Deno.test("Float64Rope turns pairs in halves or interleaved, and it is the same turn", () => {
  const rope = { kind: "default", theta: 100 } as const;
  const halves = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const interleaved = Float64Array.of(1, 5, 2, 6, 3, 7, 4, 8);
  new Float64Rope(rope, 8, false).rotate(halves, 3);
  new Float64Rope(rope, 8, true).rotate(interleaved, 3);
  for (let i = 0; i < 4; i++) {
    assert.deepEqual([interleaved[2 * i], interleaved[2 * i + 1]], [halves[i], halves[i + 4]]);
  }
  assert.ok(Math.abs(halves[0]! - (Math.cos(3) - 5 * Math.sin(3))) < 1e-12);
  assert.ok(Math.abs(halves[4]! - (5 * Math.cos(3) + Math.sin(3))) < 1e-12);
});
