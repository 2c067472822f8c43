import assert from "node:assert/strict";
import { span } from "./grid_layout.ts";
import { moved } from "./grid_keys.ts";

const LAYERS = [2, 1, 0];
const press = (key: string, from: Parameters<typeof moved>[1], ctrlKey = false) =>
  moved({ key, ctrlKey }, from, 5, LAYERS);

Deno.test("keys move from cell to cell and stop at the edges", () => {
  const middle = { position: 2, layer: 1 };
  assert.deepEqual(press("ArrowRight", middle), { position: 3, layer: 1 });
  assert.deepEqual(press("ArrowUp", middle), { position: 2, layer: 2 });
  assert.deepEqual(press("PageUp", middle), { position: 2, layer: "output" });
  assert.deepEqual(press("PageDown", middle), { position: 2, layer: 0 });
  assert.deepEqual(press("End", middle), { position: 4, layer: 1 });
  assert.deepEqual(press("Home", middle, true), { position: 0, layer: "output" });
  assert.deepEqual(press("ArrowLeft", { position: 0, layer: 0 }), { position: 0, layer: 0 });
  assert.deepEqual(press("ArrowDown", null), { position: 4, layer: "output" });
  assert.deepEqual(press("ArrowDown", { position: 1, layer: 99 }), { position: 4, layer: "output" });
  assert.equal(press("a", middle), null);
  // Only every fourth layer is shown.
  const strided = (layer: number) => moved({ key: "ArrowUp", ctrlKey: false }, { position: 1, layer }, 5, [7, 3]);
  assert.deepEqual(strided(5), { position: 1, layer: 7 });
  assert.deepEqual(strided(1), { position: 1, layer: 7 });
  assert.equal(moved({ key: "End", ctrlKey: false }, null, 0, []), null);
});

Deno.test("only what is in sight is drawn", () => {
  assert.deepEqual(span(0, 840, 84, 4096), { from: 0, to: 11 });
  assert.deepEqual(span(84_000, 840, 84, 4096), { from: 999, to: 1011 });
  assert.deepEqual(span(84 * 4096 - 840, 840, 84, 4096), { from: 4085, to: 4096 });
  assert.deepEqual(span(0, 840, 84, 0), { from: 0, to: 0 });
  assert.deepEqual(span(9000, 840, 84, 3), { from: 106, to: 106 });
});
