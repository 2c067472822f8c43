import assert from "node:assert/strict";
import { movedRank } from "./rank_place.ts";

Deno.test("keys move from rank to rank and from layer to layer, and stop at the edges", () => {
  const press = (key: string, from: Parameters<typeof movedRank>[1], ctrlKey = false) =>
    movedRank({ key, ctrlKey }, from, [7, 6, 5], 10);
  assert.deepEqual(press("ArrowRight", { layer: 6, rank: 1 }), { layer: 6, rank: 2 });
  assert.deepEqual(press("ArrowRight", { layer: 6, rank: 10 }), { layer: 6, rank: 10 });
  assert.deepEqual(press("ArrowUp", { layer: 6, rank: 3 }), { layer: 7, rank: 3 });
  assert.deepEqual(press("ArrowUp", { layer: 7, rank: 3 }), { layer: 7, rank: 3 });
  assert.deepEqual(press("End", { layer: 7, rank: 3 }, true), { layer: 5, rank: 10 });
  assert.deepEqual(press("Home", { layer: 6, rank: 3 }), { layer: 6, rank: 1 });
  assert.deepEqual(press("ArrowDown", null), { layer: 7, rank: 1 });
  assert.deepEqual(press("ArrowDown", { layer: 99, rank: 4 }), { layer: 7, rank: 1 });
  assert.equal(press("x", null), null);
  assert.equal(movedRank({ key: "End", ctrlKey: false }, null, [], 10), null);
});
