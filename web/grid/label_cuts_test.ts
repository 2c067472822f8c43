import assert from "node:assert/strict";
import { LabelCuts, type Ruler } from "./label_cuts.ts";

/** Ten pixels a character. */
function ruler() {
  const measured: string[] = [];
  const measureText = (text: string) => {
    measured.push(text);
    return { width: 10 * [...text].length } as TextMetrics;
  };
  return { measured, measureText } satisfies Ruler & { measured: string[] };
}

Deno.test("a label is cut to its room, by whole characters, and measured once", () => {
  const cuts = new LabelCuts(), ten = ruler();
  assert.equal(cuts.cut("girl", 40, ten), "girl");
  assert.equal(cuts.cut("girls", 40, ten), "gir…");
  assert.equal(cuts.cut("😀😀😀😀😀", 40, ten), "😀😀😀…");
  assert.equal(cuts.cut("girl", 5, ten), "g");
  assert.equal(cuts.cut("", 5, ten), "");
  assert.equal(new LabelCuts().cut("girls", 30, ten, ""), "gir");
  assert.equal(cuts.cut("x".repeat(9000), 10_000, ten), "x".repeat(64) + "…");
  const before = ten.measured.length;
  assert.equal(cuts.cut("girls", 40, ten), "gir…");
  assert.equal(ten.measured.length, before);
});
