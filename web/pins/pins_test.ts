import assert from "node:assert/strict";
import { luminance } from "../colours/colour_scale.ts";
import { pinSlots } from "./pin_slots.ts";
import { toggledPin } from "./toggled_pin.ts";
import { withPin } from "./with_pin.ts";

Deno.test("a pin keeps its colour when others come and go, and no two have the same", () => {
  assert.deepEqual([...pinSlots([386, 518, 8])], [[386, 2], [518, 6], [8, 0]]);
  assert.deepEqual([...pinSlots([518, 8])], [[518, 6], [8, 0]]);
  assert.deepEqual([...pinSlots([7, 15, 23])], [[7, 7], [15, 0], [23, 1]]);
  const eight = [...pinSlots([0, 8, 16, 24, 32, 40, 48, 56]).values()];
  assert.deepEqual(eight.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a token is pinned once, let go by the same, and eight are all", () => {
  assert.deepEqual(toggledPin([1], 2), [1, 2]);
  assert.deepEqual(toggledPin([1, 2], 1), [2]);
  const full = [1, 2, 3, 4, 5, 6, 7, 8];
  assert.deepEqual(toggledPin(full, 9), full);
  assert.deepEqual(toggledPin(full, 8), full.slice(0, 7));
  assert.deepEqual(withPin([1], 2), [1, 2]);
  assert.deepEqual(withPin([1, 2], 1), [1, 2]);
  assert.deepEqual(withPin(full, 9), full);
});

Deno.test("colours of pins stand out from the page and its panels, light and dark (WCAG 2.2, 1.4.11)", async () => {
  const style = (name: string) => Deno.readTextFile(new URL(`../style/${name}.css`, import.meta.url));
  const pairs = (css: string, before: string) =>
    [...css.matchAll(new RegExp(`${before}: light-dark\\((#\\w{6}), (#\\w{6})\\)`, "g"))].map(([, ...pair]) => pair);
  const pins = pairs((await style("follow")).slice((await style("follow")).indexOf(".pin-0")), " color");
  const grounds = pairs(await style("page"), "--(?:page|panel)");
  assert.equal(pins.length, 8);
  assert.equal(grounds.length, 2);
  for (const pin of pins) {
    for (const ground of grounds) {
      for (const theme of [0, 1]) {
        const [dark, light] = [pin[theme]!, ground[theme]!].map(luminanceOf).toSorted((a, b) => a - b);
        assert.ok((light! + 0.05) / (dark! + 0.05) >= 3, `${pin[theme]} on ${ground[theme]}`);
      }
    }
  }
});

function luminanceOf(hex: string): number {
  return luminance([1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
}
