import assert from "node:assert/strict";
import type { Cell, RankedToken } from "../../state/cell.ts";
import { Picture } from "../../state/picture.ts";
import { chosenTokens, suggestedTokens } from "./followed.ts";
import { readingOf, readingsAt } from "./readings.ts";
import { suggestionsOf } from "./suggestions.ts";
import { tracesOf } from "./traces.ts";

const token = (text: string, prob: number | null, id: number | null = text.charCodeAt(0)): RankedToken => ({
  id,
  piece: text,
  text,
  prob,
  logprob: null,
});

function cell(layer: number, top: readonly RankedToken[], more: Partial<Cell> = {}): Cell {
  return { position: 0, lens: "logit", site: "resid_post", layer, tracked: [], top, ...more };
}

Deno.test("suggestions are in the order of their best rank over all layers, then of their probability", () => {
  const cells = [
    cell(0, [token("a", 0.9), token("b", 0.05)]),
    cell(1, [token("c", 0.3), token("b", 0.25), token("d", 0.2)]),
    cell(2, [token("e", 0.95), token("d", 0.04), token("a", 0.01)]),
  ];
  assert.deepEqual(
    suggestionsOf(cells).map(({ token, rank, prob }) => [token.text, rank, prob]),
    [["e", 1, 0.95], ["a", 1, 0.9], ["c", 1, 0.3], ["b", 2, 0.25], ["d", 2, 0.2]],
  );
  assert.deepEqual(suggestedTokens(cells).map(({ label }) => label), ["e", "a", "c"]);
});

Deno.test("no more than four are suggested where none is chosen, each with a colour of its own", () => {
  const letters = ["a", "b", "c", "i", "q", "y"];
  const suggested = suggestedTokens(letters.map((letter, layer) => cell(layer, [token(letter, 1 - layer / 10)])));
  assert.deepEqual(suggested.map(({ label }) => label), ["a", "b", "c", "i"]);
  assert.equal(new Set(suggested.map(({ slot }) => slot)).size, 4);
});

Deno.test("a file's tokens without ids, ranks or probabilities are followed as far as it says", () => {
  const cells = [
    cell(0, [token("x", null, null), token("y", null, null)]),
    cell(1, [token("y", null, null)], { tracked: [token("y", 0.5, null), token("z", 0.25, null)] }),
  ];
  const followed = suggestedTokens(cells);
  assert.deepEqual(followed.map(({ label }) => label), ["y", "z"]);
  assert.deepEqual(tracesOf(cells, followed).map(({ points }) => points), [
    [{ layer: 0, rank: 2, prob: null }, { layer: 1, rank: 1, prob: 0.5 }],
    [{ layer: 0, rank: null, prob: null }, { layer: 1, rank: null, prob: 0.25 }],
  ]);
});

Deno.test("two tokens with the same text are told apart, and one that is not known by its id", () => {
  const first = { id: 5, piece: "a", text: "a" }, second = { id: 9, piece: "<0x61>", text: "a" };
  const chosen = chosenTokens([5, 9, 77], new Map([[5, first], [9, second]]));
  assert.deepEqual(chosen.map(({ label }) => label), ["a (#5, a)", "a (#9, <0x61>)", "#77"]);
  const ranked = (token: typeof first, rank: number) => ({ ...token, prob: 0.1, logprob: null, rank });
  const traces = tracesOf([cell(0, [], { tracked: [ranked(first, 3), ranked(second, 4)] })], chosen);
  assert.deepEqual(traces.map(({ points: [point] }) => point!.rank), [3, 4, null]);
});

Deno.test("a file has the readings that are in it, by layers, and the first stands for one that is not", () => {
  const cells = [
    cell(3, [], { site: "head 2" }),
    cell(1, []),
    cell(0, [], { position: 1 }),
    cell(0, []),
  ];
  const picture = Picture.of({
    model: "m",
    lenses: ["logit"],
    norm: null,
    tokens: [],
    layers: [0, 1, 3],
    output: [],
    cells,
  });
  const readings = readingsAt(picture, 0);
  assert.deepEqual(readings.map(({ site, cells }) => [site, cells.map(({ layer }) => layer)]), [
    ["resid_post", [0, 1]],
    ["head 2", [3]],
  ]);
  assert.equal(readingOf(readings, { lens: "logit", site: "head 2" })!.site, "head 2");
  assert.equal(readingOf(readings, { lens: "tuned", site: "mlp_out" })!.site, "resid_post");
  assert.equal(readingOf([], { lens: "tuned", site: "mlp_out" }), undefined);
});
