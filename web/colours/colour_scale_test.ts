import assert from "node:assert/strict";
import { ColourScale, luminance } from "./colour_scale.ts";

const channels = (colour: string) => colour.match(/\d+/g)!.map(Number);
const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

Deno.test("text on every colour of the scale has a contrast of at least 4.5, and the scale grows lighter", () => {
  let before = -1;
  const scale = new ColourScale([], "probability", false);
  for (let step = 0; step <= 1000; step++) {
    const { background, ink } = scale.paint(step / 1000);
    const light = luminance(channels(background));
    assert.ok(contrast(light, ink === "#000" ? 0 : 1) >= 4.5, `${background} with ${ink}`);
    assert.ok(light >= before - 1e-3, `darker at ${step}`);
    before = light;
  }
});

Deno.test("a scale spans what its unit allows, and the logarithm spreads small numbers", () => {
  assert.deepEqual(new ColourScale([0.2, 0.3], "probability", false).range, { low: 0, high: 1 });
  assert.deepEqual(new ColourScale([7, 4000], "rank", true).range, { low: 1, high: 4000 });
  assert.deepEqual(new ColourScale([2, 5], "nats", false).range, { low: 0, high: 5 });
  assert.deepEqual(new ColourScale([], "nats", true).range, { low: 1, high: 1 });
  const log = new ColourScale([0, 1e-4, 1], "nats", true);
  assert.deepEqual([0, 1e-4, 1e-2, 1].map((value) => log.place(value)), [0, 0, 0.5, 1]);
  assert.equal(new ColourScale([0, 4], "nats", false).place(1), 0.25);
  assert.equal(new ColourScale([1, 1], "rank", true).place(1), 0);
});
