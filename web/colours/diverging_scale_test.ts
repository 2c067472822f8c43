import assert from "node:assert/strict";
import { luminance } from "./colour_scale.ts";
import { DivergingScale } from "./diverging_scale.ts";

const light = (colour: string) => luminance(colour.match(/\d+/g)!.map(Number));
/** CIE 1976 lightness, 0 to 100. */
const lightness = (colour: string) => 116 * Math.cbrt(light(colour)) - 16;

Deno.test("differences as large are as light on either side, whiter towards zero, and every text is readable", () => {
  const scale = new DivergingScale([], "probability", false);
  let before = Infinity;
  for (let step = 0; step <= 500; step++) {
    const [above, below] = [step, -step].map((value) => scale.paint(value / 500));
    const [a, b] = [above!, below!].map(({ background }) => lightness(background));
    assert.ok(Math.abs(a! - b!) < 1.2, `${step}: ${a} and ${b}`);
    assert.ok(a! <= before + 0.2, `lighter at ${step}`);
    before = a!;
    for (const { background, ink } of [above!, below!]) {
      const [high, low] = [light(background), ink === "#000" ? 0 : 1].sort((x, y) => y - x) as [number, number];
      assert.ok((high + 0.05) / (low + 0.05) >= 4.5, `${background} with ${ink}`);
    }
  }
  assert.deepEqual(scale.paint(0), { background: "rgb(246, 246, 246)", ink: "#000" });
  const channels = (value: number) => scale.paint(value).background.match(/\d+/g)!.map(Number);
  assert.ok(channels(-1)[2]! > channels(-1)[0]! && channels(1)[0]! > channels(1)[2]!, "blue below, red above");
});

Deno.test("a diverging scale is even about zero, and the logarithm spreads small differences", () => {
  assert.deepEqual(new DivergingScale([0.1], "probability", false).range, { low: -1, high: 1 });
  assert.deepEqual(new DivergingScale([-3, 2], "nats", false).range, { low: -3, high: 3 });
  assert.deepEqual(new DivergingScale([], "nats", true).range, { low: -1, high: 1 });
  const even = new DivergingScale([-4, 1], "nats", false), log = new DivergingScale([-99, 9], "rank", true);
  assert.deepEqual([-4, -2, 0, 2, 4, 8].map((value) => even.place(value)), [0, 0.25, 0.5, 0.75, 1, 1]);
  assert.deepEqual([-99, 0, 9].map((value) => log.place(value)), [0, 0.5, 0.75]);
});
