import assert from "node:assert/strict";
import type { Cell } from "../state/cell.ts";
import { Picture } from "../state/picture.ts";
import { FIRST_QUESTION } from "../state/question.ts";
import { viewOf } from "../views/views.ts";
import { lacking } from "./lacking.ts";
import { partsOf, questionWithin } from "./picture_parts.ts";

const token = (text: string) => ({ id: null, piece: text, text });

/** Two tokens, read at one place of another tool. */
function pictureOf(positions: readonly number[]): Picture {
  const cells = positions.map((position): Cell => ({
    position,
    lens: "lens",
    site: "layer_output",
    layer: 0,
    top: [{ ...token("x"), prob: 0.5, logprob: null }],
    tracked: [],
  } as Cell));
  return Picture.of({
    model: "m",
    lenses: ["lens"],
    norm: null,
    tokens: [token("a"), token("b")],
    layers: [0],
    output: [],
    cells,
  });
}

function fault(view: string, positions: readonly number[]): string | null {
  const picture = pictureOf(positions);
  const parts = partsOf(picture, []);
  return lacking(viewOf(view), questionWithin({ ...FIRST_QUESTION, view }, picture, parts), picture, parts);
}

Deno.test("views of all sites show a file of another tool's place; what it has not at a position is said", () => {
  for (const view of ["grid", "follow", "last"]) assert.equal(fault(view, [0, 1]), null, view);
  assert.match(
    fault("last", [0])!,
    /^The view Last position shows the lens lens of .* at the last position\. This file/,
  );
  assert.match(fault("follow", [0])!, /has the lens lens of layer_output at 1 of 2 positions\.$/);
  assert.match(fault("agreement", [0, 1])!, /needs agrees of its cells/);
});
