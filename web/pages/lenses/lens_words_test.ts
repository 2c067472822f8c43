import assert from "node:assert/strict";
import { layersText } from "./lens_words.ts";

Deno.test("layersText() joins layers that follow each other", () => {
  assert.equal(layersText([3]), "layer 3");
  assert.equal(layersText([0, 1, 2, 3]), "layers 0–3");
  assert.equal(layersText([0, 2, 5, 6, 7]), "layers 0, 2, 5–7");
});
