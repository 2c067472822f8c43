import assert from "node:assert/strict";
import { median, quantile } from "./statistics.ts";

Deno.test("quantile() interpolates between ranks, whatever the order", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(quantile([10, 0], 0.95), 9.5);
  assert(Number.isNaN(median([])));
});
