import assert from "node:assert/strict";
import document from "../../openapi/openapi.json" with { type: "json" };
import type { Statistic } from "../../clients/typescript/midstream.ts";
import type { OutputCell } from "../state/cell.ts";
import { colouringsOf } from "./colouring.ts";
import { differencesOf } from "./difference.ts";

const names = document.components.schemas.StatisticName.enum as Statistic[];
const statistics = names.map((name) => ({ name, unit: "nats", description: "" }));
const token = (id: number | null, prob: number, text = `${id}`) => ({
  id,
  piece: text,
  text,
  prob,
  logprob: Math.log(prob),
});
const cell = (more: Partial<OutputCell>): OutputCell => ({ position: 0, top: [], ...more });

Deno.test("every statistic of two lenses is a difference, and no colour of one", () => {
  const ofTwo = names.filter((name) => name.includes("against"));
  assert.equal(ofTwo.length, 7);
  const offered = differencesOf(statistics).map(({ name }) => name);
  assert.deepEqual(offered.slice(-7), ofTwo);
  assert.equal(new Set(offered).size, offered.length);
  const colours = colouringsOf(statistics).map(({ name }) => name);
  assert.deepEqual(colours, ["prob", "margin", ...names.filter((name) => !ofTwo.includes(name))]);
});

Deno.test("a signed difference is the first less the second, and none where one of them says nothing", () => {
  const read = (name: string, first: OutputCell, second: OutputCell) =>
    differencesOf(statistics).find((difference) => difference.name === name)!.read(first, second);
  const first = cell({
    top: [token(5, 0.5), token(6, 0.25)],
    output_rank: 3,
    output_surprisal: Math.log(4),
    entropy: 2,
  });
  const second = cell({ top: [token(6, 0.75), token(5, 0.125)], output_rank: 10, output_surprisal: 0, entropy: 0.5 });
  assert.equal(read("prob", first, second), -0.25);
  assert.equal(read("output_prob", first, second), -0.75);
  assert.equal(read("output_rank", first, second), -7);
  assert.equal(read("entropy", first, second), 1.5);
  assert.equal(read("kl_output_lens", first, second), null);
  assert.equal(read("rank_of_top", first, second), 2);
  assert.equal(read("rank_of_top", cell({ top: [token(9, 0.5)] }), second), 3);
  assert.equal(read("rank_of_top", cell({ top: [token(null, 0.5, "6")] }), second), 1);
  assert.equal(read("rank_of_top", cell({}), second), null);
  assert.equal(read("jsd_against", cell({ jsd_against: 0.25 }), second), 0.25);
  assert.equal(read("agrees_against", cell({ agrees_against: false }), second), 0);
  assert.equal(read("agrees_against", cell({ agrees_against: null }), second), null);
});
