import assert from "node:assert/strict";
import { axesOf, ChartFrame } from "./chart_frame.ts";

const MARGINS = { left: 40, right: 10, top: 10, bottom: 20 };
const LAYERS = [0, 1, 2, 3, 4, 5, 6, 7];

Deno.test("ranks are logarithmic with 1 at the top, probabilities have 1 at the top", () => {
  const axes = axesOf(LAYERS, [{ layer: 0, rank: 3241, prob: 0.5 }, { layer: 1, rank: null, prob: null }]);
  assert.equal(axes.decades, 4);
  const rank = new ChartFrame("rank", axes, 400, 230, MARGINS);
  assert.equal(rank.y({ rank: 1, prob: 0 }), 10);
  assert.equal(rank.y({ rank: 100, prob: 0 }), 110);
  assert.equal(rank.y({ rank: 10_000, prob: 0 }), 210);
  assert.equal(rank.y({ rank: null, prob: 0.3 }), null);
  assert.deepEqual(rank.ticks().map(({ value }) => value), [1, 10, 100, 1000, 10_000]);
  const prob = new ChartFrame("prob", axes, 400, 230, MARGINS);
  assert.equal(prob.y({ rank: 1, prob: 1 }), 10);
  assert.equal(prob.y({ rank: 1, prob: 0.25 }), 160);
});

Deno.test("a pixel has its nearest layer, and layers that are strided keep their numbers", () => {
  const frame = new ChartFrame("prob", axesOf(LAYERS, []), 400, 230, MARGINS);
  for (const layer of LAYERS) assert.equal(frame.layerAt(frame.x(layer) + 20), layer);
  assert.equal(frame.layerAt(-50), 0);
  assert.equal(frame.layerAt(500), 7);
  const strided = new ChartFrame("prob", axesOf([0, 15, 31], []), 400, 230, MARGINS);
  assert.deepEqual([0, 15, 31].map((layer) => strided.x(layer)), [48, 215, 382]);
  assert.equal(strided.layerAt(230), 15);
  const none = new ChartFrame("prob", axesOf([], []), 400, 230, MARGINS);
  assert.equal(none.layerAt(100), null);
  assert.deepEqual(none.layerTicks(), []);
});

Deno.test("numbers below and beside a chart have room", () => {
  const layers = Array.from({ length: 32 }, (_, layer) => layer);
  const frame = new ChartFrame("rank", axesOf(layers, [{ layer: 0, rank: 30_000, prob: 0 }]), 230, 100, MARGINS);
  const xs = frame.layerTicks().map((layer) => frame.x(layer));
  for (const [at, x] of xs.slice(1).entries()) assert.ok(x - xs[at]! >= 20, `${xs}`);
  const ys = frame.ticks().map(({ y }) => y);
  for (const [at, y] of ys.slice(1).entries()) assert.ok(y - ys[at]! >= 13, `${ys}`);
});
