import assert from "node:assert/strict";
import { describeKernels, fastest } from "./kernel_table.ts";

Deno.test("fastest() takes the kernel that loses least over all numbers of rows", () => {
  assert.equal(fastest({ "u8s8-stacked": [100, 100, 100], "u8s8-apart": [190, 40, 40] }), "u8s8-apart");
  assert.equal(fastest({ "u8s8-stacked": [100, 100, 100], "u8s8-apart": [190, 90, 90] }), "u8s8-stacked");
  assert.equal(
    fastest({ "u8s8-stacked": [9, 9, 9], "u8u8-stacked": [3, 3, 3], "u8u8-apart": [2, 2, 2] }),
    "u8u8-apart",
  );
});

Deno.test("fastest() keeps the usual kernel where another is hardly faster, in whatever order they are given", () => {
  assert.equal(fastest({ "u8s8-apart": [85, 85, 85], "u8s8-stacked": [100, 100, 100] }), "u8s8-stacked");
  assert.equal(fastest({ "u8s8-apart": [75, 75, 75], "u8s8-stacked": [100, 100, 100] }), "u8s8-apart");
});

Deno.test("fastest() takes none that was given up", () => {
  assert.equal(fastest({ "u8s8-stacked": [1, null, null], "u8u8-stacked": [3, 3, 3] }), "u8u8-stacked");
  assert.throws(() => fastest({ "u8s8-stacked": [1, null, null] }), /no kernel/);
});

Deno.test("describeKernels() names the choice and what it was chosen by", () => {
  const times = { "u8s8-stacked": [1.26, 16, 128], "u8u8-stacked": [2, null, null] };
  const entry = { kinds: ["q_proj", "o_proj"], in: 64, out: 32, halves: 2, times, chosen: "u8s8-stacked" } as const;
  assert.deepEqual(describeKernels({ entries: [entry] }), [
    "q_proj o_proj 64×32, 16 bits: u8s8-stacked (µs at 1/16/128 rows: u8s8-stacked 1/16/128, u8u8-stacked 2/–/–)",
  ]);
});
