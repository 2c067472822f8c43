import assert from "node:assert/strict";
import { labelRows } from "./label_rows.ts";

Deno.test("labels at one height are moved apart, within bounds, in their order", () => {
  assert.deepEqual(labelRows([50, 10, 90], 12, [0, 100]), [50, 10, 90]);
  assert.deepEqual(labelRows([50, 50, 51], 12, [0, 100]), [50, 62, 74]);
  assert.deepEqual(labelRows([100, 100, 100], 12, [0, 100]), [76, 88, 100]);
  assert.deepEqual(labelRows([-5, 95, 99], 12, [0, 100]), [0, 88, 100]);
  assert.deepEqual(labelRows([], 12, [0, 100]), []);
});
