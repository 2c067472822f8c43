import assert from "node:assert/strict";
import fc from "fast-check";
import { ImportFault } from "./imported.ts";
import { pictureOf } from "./picture_of.ts";
import { readSeedCsv } from "./read_seed_csv.ts";
import { SEED_PIECES, SEED_TEXT, SEED_WHOLE } from "./testing/small_files.ts";
import { writeSeedCsv } from "./seed_csv_write.ts";

Deno.test("readSeedCsv() reads prompts of the logit lens: four sites a layer at one position, text and percents", () => {
  const { format, prompts, notes } = readSeedCsv(SEED_TEXT);
  assert.equal(format, "result table of DanYuDE/Research-Project, text");
  assert.deepEqual(prompts.map(({ title }) => title), ["prompt 1", "prompt 2"]);
  const [{ data }] = prompts as [typeof prompts[0]];
  assert.deepEqual(data.lenses, ["logit"]);
  assert.deepEqual(data.layers, [0, 1]);
  assert.equal(data.tokens.length, 1);
  const token = (text: string, prob: number) => ({ id: null, piece: "", text, prob, logprob: null });
  assert.deepEqual(
    data.cells.slice(0, 4),
    [
      { site: "attn_out", top: [token("the", 0.12), token("\n", 0.0007000000000000001)] },
      { site: "resid_mid", top: [token("it's", 0.035), token("", 0)] },
      { site: "mlp_out", top: [token("\ufffd", 1), token('"', 0.005)] },
      { site: "resid_post", top: [token("a, b", 0.0999), token("\\", 0.01)] },
    ].map((cell) => ({ position: 0, lens: "logit", layer: 0, tracked: [], ...cell })),
  );
  assert.equal(data.cells.length, 8);
  assert.match(notes.join(" "), /taken as the logit lens.*rounded to two places/);
});

Deno.test("readSeedCsv() tells files of pieces, and files of whole percents", () => {
  const pieces = readSeedCsv(SEED_PIECES);
  const { data } = pieces.prompts[0]!;
  assert.deepEqual(data.lenses, ["tuned"]);
  assert.deepEqual(data.cells.flatMap(({ top }) => top.map(({ piece, text }) => [piece, text])), [
    ["▁the", " the"],
    ["<0x0A>", "\n"],
    ["▁▁▁▁", "    "],
    ["</s>", ""],
    ["<0xE2>", ""],
    ["s", "s"],
    ["▁Lily", " Lily"],
    ["▁", " "],
    ["<p>", "<p>"],
  ]);
  const whole = readSeedCsv(SEED_WHOLE);
  assert.match(whole.format, /whole percents$/);
  assert.equal(whole.prompts[0]!.data.cells[3]!.top[0]!.prob, 1);
  assert.match(whole.notes.join(" "), /cut to whole ones/);
});

Deno.test("a table of the seed's comes back as it was from writeSeedCsv()", () => {
  for (const [text, lens, spelling] of [[SEED_TEXT, "logit", "text"], [SEED_PIECES, "tuned", "piece"]] as const) {
    const written = readSeedCsv(text).prompts.map((prompt) => writeSeedCsv(pictureOf(prompt), lens, spelling));
    assert.equal(written.join(""), text);
  }
});

Deno.test("every percent of two places survives reading and writing", () => {
  fc.assert(fc.property(fc.nat({ max: 10_000 }), fc.string({ unit: "binary" }), (hundredths, text) => {
    const picture = (prob: number) =>
      pictureOf({
        title: "",
        data: {
          model: "",
          lenses: ["logit"],
          norm: "own",
          tokens: [{ id: null, piece: "", text: "" }],
          layers: [0],
          output: [],
          cells: ["attn_out", "resid_mid", "mlp_out", "resid_post"].map((site) => ({
            position: 0,
            lens: "logit",
            site,
            layer: 0,
            top: [{ id: null, piece: "", text, prob, logprob: null }],
            tracked: [],
          })),
        },
      });
    const first = writeSeedCsv(picture(hundredths / 10_000), "logit", "text");
    const [read] = readSeedCsv(first).prompts;
    // A text may look like a piece: then it is read as one.
    if (read!.data.lenses[0] === "logit") assert.equal(writeSeedCsv(pictureOf(read!), "logit", "text"), first);
    else assert.match(text, /▁|^<0x/);
  }));
});

Deno.test("a prompt that was refused has a header alone, lines may end with CR LF", () => {
  const header = SEED_TEXT.slice(0, SEED_TEXT.indexOf("\n") + 1);
  const { prompts, notes } = readSeedCsv(`\r\n${header}${SEED_TEXT}`.replaceAll("\n", "\r\n"));
  assert.deepEqual(prompts.map(({ title }) => title), ["prompt 2", "prompt 3"]);
  assert.match(notes.join(" "), /1 prompts have no rows/);
});

Deno.test("readSeedCsv() says in which line and column something is wrong", () => {
  const change = (from: string, to: string) => SEED_TEXT.replace(from, to);
  const cases: [string, RegExp][] = [
    [change("MLP output", "MLP"), /^line 1: the columns are others; Layer,Attention/],
    [change("layer1", "layer0"), /^line 3: layer0 comes again/],
    [change("layer1", "block 1"), /^line 3 begins with no layer/],
    [change("layer1,", "layer1,x,"), /^line 3 has 6 fields; 5 would be right/],
    [change("54.35", "154.35"), /^line 3, Block output: 154.35 percent; 0 to 100/],
    [change("54.35", "54,35"), /^line 3, Block output, character 14: found "3"; "\)" would be right/],
    ["layer0,[],[],[],[]\n", /^line 1: a row before the header/],
    [SEED_TEXT.slice(0, 79), /^the header has no rows/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => readSeedCsv(text),
      (error) => error instanceof ImportFault && message.test(error.message),
      text,
    );
  }
});
