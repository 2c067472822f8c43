import assert from "node:assert/strict";
import { Found } from "./found.ts";
import { ImportFault } from "./imported.ts";
import { readLogitlensV1 } from "./read_logitlens_v1.ts";
import { readLogitlensV2 } from "./read_logitlens_v2.ts";
import { LOGITLENS_V1, LOGITLENS_V2, NNSIGHTFUL, NNSIGHTFUL_JACOBIAN } from "./testing/small_files.ts";

const found = (value: unknown) => new Found(JSON.parse(JSON.stringify(value)), "the file");
const token = (text: string, prob: number | null) => ({ id: null, piece: "", text, prob, logprob: null });

Deno.test("readLogitlensV2() reads tokens by layer and position, with their probabilities by layer", () => {
  const { format, prompts, notes } = readLogitlensV2(found(LOGITLENS_V2));
  assert.equal(format, "logitlenskit, version 2");
  const [{ title, data }] = prompts as [typeof prompts[0]];
  assert.equal(title, "The quick fox");
  assert.equal(data.model, "test-model");
  assert.deepEqual(data.tokens.map(({ text }) => text), ["The", " quick", " fox"]);
  assert.deepEqual(data.layers, [0, 4]);
  assert.equal(data.cells.length, 6);
  const of = { lens: "logit", site: "resid_post", layer: 4 };
  assert.deepEqual(data.cells.filter(({ layer }) => layer === 4), [
    {
      position: 0,
      ...of,
      top: [token(" a", 0.3), token(" the", 0.2)],
      tracked: [token(" the", 0.2), token(" a", 0.3)],
    },
    { position: 1, ...of, top: [token(" brown", 0.75)], tracked: [token(" brown", 0.75), token("__proto__", 0)] },
    // The file says nothing of " sat".
    { position: 2, ...of, top: [token(" jumps", 0.9), token(" sat", null)], tracked: [token(" jumps", 0.9)] },
  ]);
  assert.match(notes.join(" "), /told apart by their text alone/);
});

Deno.test("readLogitlensV2() reads nnsightful's positions, entropies and layers in any order", () => {
  const { format, prompts, notes } = readLogitlensV2(found(NNSIGHTFUL));
  assert.equal(format, "nnsightful (logitlenskit, version 2)");
  const { data } = prompts[0]!;
  assert.deepEqual(data.layers, [1, 3]);
  assert.deepEqual(
    data.cells.map(({ layer, position, entropy, top }) => [layer, position, entropy, top.map(({ prob }) => prob)]),
    [[3, 2, 1.5, [0.5]], [3, 0, 2, [0.125]], [1, 2, 0, [0.25, 0.25]], [1, 0, 0.25, [1]]],
  );
  assert.match(notes.join(" "), /1 cells have two tokens of the same text.*Ranks of followed tokens are left out/);
});

Deno.test("readLogitlensV2() reads what the model went on with", () => {
  const { data } = readLogitlensV2(found(NNSIGHTFUL_JACOBIAN)).prompts[0]!;
  assert.deepEqual(data.tokens.map(({ text }) => text), ["a", "b"]);
  assert.deepEqual(data.lenses, ["jacobian"]);
  assert.deepEqual(data.cells.map(({ position, top }) => [position, top[0]!.text]), [[0, "x"], [1, "y"]]);
});

Deno.test("readLogitlensV1() reads cells, with and without a list of the likeliest", () => {
  const { format, prompts } = readLogitlensV1(found(LOGITLENS_V1));
  assert.equal(format, "logitlenskit, version 1");
  const { title, data } = prompts[0]!;
  assert.equal(title, "The end");
  const of = { lens: "logit", site: "resid_post" };
  const first = (
    layer: number,
  ) => [token(" of", [0.5, 0.25][layer]!), token(" a", [0.125, 0.0625][layer]!), token(" is", [0.1, 0.75][layer]!)];
  assert.deepEqual(data.cells, [
    { position: 0, layer: 0, ...of, top: [token(" of", 0.5), token(" a", 0.125)], tracked: first(0) },
    { position: 1, layer: 0, ...of, top: [token("!", 0.9)], tracked: [token("!", 0.9)] },
    { position: 0, layer: 1, ...of, top: [token(" is", 0.75)], tracked: first(1) },
    { position: 1, layer: 1, ...of, top: [token("!", 0.95)], tracked: [token("!", 0.95)] },
  ]);
});

Deno.test("files of logitlenskit that do not fit together are refused, with the member", () => {
  const changed = (change: (file: typeof LOGITLENS_V2) => void) => {
    const file = structuredClone(LOGITLENS_V2);
    change(file);
    return found(file);
  };
  const cases: [Found, string][] = [
    [changed((file) => file.meta.version = 3), "meta.version is 3; 2 would be right"],
    [
      changed((file) => file.layers.pop()),
      "tracked[0][0] is a list of 2; a list of 1, one for each layer, would be right",
    ],
    [changed((file) => file.layers[1] = 0), "layers is a list of 2; a list of layers, each once, would be right"],
    [changed((file) => file.input.pop()), "tracked is a list of 3; a list of 2, one for each position, would be right"],
    [
      changed((file) => file.tracked[2]![" jumps"] = [2, 0]),
      "tracked[2][0][0] is 2; a number from 0 to 1.00001 would be right",
    ],
    [
      changed((file) => file.topk[1]!.pop()),
      "topk[1] is a list of 2; a list of 3, one for each position, would be right",
    ],
    [changed((file) => Object.assign(file.topk[0]![0]!, [7])), "topk[0][0][0] is 7; a text would be right"],
    [
      changed((file) => Object.assign(file, { positions: [0, 1, 3] })),
      "positions[2] is 3; a whole number from 0 to 2 would be right",
    ],
  ];
  for (const [file, message] of cases) {
    assert.throws(() => readLogitlensV2(file), new ImportFault(`the file: ${message}`));
  }
});
