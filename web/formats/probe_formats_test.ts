import assert from "node:assert/strict";
import type { Frame } from "../../clients/typescript/midstream.ts";
import { testApp } from "../../routes/testing/test_app.ts";
import { memoryLens } from "../../routes/testing/memory_lens.ts";
import { memoryLenses } from "../../routes/testing/memory_lenses.ts";
import { Picture } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";
import { pictureOf } from "./picture_of.ts";
import { probeCsv } from "./probe_csv.ts";
import { probeJson } from "./probe_json.ts";
import { readFiles } from "./read_files.ts";
import { LOGITLENS_V2, utf8 } from "./testing/small_files.ts";

/** Questions that reach every column: tokens that need quotes, ties, nulls, flags, another lens. */
const QUESTIONS = [
  {},
  { prompt: [11, 10, 3, 13, 1, 4], positions: "all", top_k: 48, track: [" Lily"] },
  {
    positions: "all",
    lenses: ["logit", "tuned"],
    sites: ["attn_out", "resid_post"],
    statistics: ["next_rank", "entropy", "agrees", "cross_entropy", "kl_output_lens"],
  },
  { lenses: ["logit", "tuned"], against: "tuned", track_ids: [0, 9], statistics: ["agrees_against", "jsd_against"] },
  { layers: [0, -1], top_k: 0, norm: "final" },
];

async function serviceOf() {
  const lenses = memoryLenses([memoryLens({ id: "tuned", kind: "tuned", layers: [0, 2] })]);
  return await testApp({ lenses: Promise.resolve(lenses) });
}

/** The picture of a streamed probe, and what the service answers in its other forms. */
async function asked(question: object) {
  const { post } = await serviceOf();
  const body = { prompt: " Once upon a time", ...question };
  const stream = await (await post("/probe/stream", body)).text();
  const picture = new Picture();
  for (const line of stream.trimEnd().split("\n")) picture.add(JSON.parse(line) as Frame);
  const answer = await post("/probe", body);
  assert.equal(answer.status, 200, await answer.clone().text());
  const csv = await (await post("/probe", body, { Accept: "text/csv" })).text();
  return { picture, stream, json: await answer.text(), csv };
}

const read = (text: string) => readFiles([{ name: "kept", bytes: utf8(text) }]);
const untimed = (answer: object) => ({ ...answer, timing: null, usage: null });

Deno.test("probeJson() is what POST /probe answers, but for usage and timing", async () => {
  for (const question of QUESTIONS) {
    const { picture, json } = await asked(question);
    assert.equal(JSON.stringify(untimed(probeJson(picture))), JSON.stringify(untimed(JSON.parse(json))));
  }
});

Deno.test("probeCsv() is what POST /probe answers as text/csv, byte for byte", async () => {
  for (const question of QUESTIONS) {
    const { picture, csv } = await asked(question);
    assert.ok(csv.length > 100);
    assert.equal(probeCsv(picture), csv);
  }
});

Deno.test("an answer of the service comes back exactly, from JSON and from a stream that was kept", async () => {
  for (const question of QUESTIONS) {
    const { picture, json, stream, csv } = await asked(question);
    const answer = JSON.parse(json);
    const ofJson = await read(json);
    assert.equal(ofJson.format, "Midstream, answer of /probe");
    const { data } = ofJson.prompts[0]!;
    const withoutType = (cell: object) => ({ ...cell, type: undefined });
    assert.deepEqual(data.cells.map(withoutType), answer.readouts.map(withoutType));
    assert.deepEqual(data.output.map(withoutType), answer.output.map(withoutType));
    assert.deepEqual(data.tokens, answer.tokens);
    assert.equal(JSON.stringify(probeJson(pictureOf(ofJson.prompts[0]!))), json);
    assert.equal(probeCsv(pictureOf(ofJson.prompts[0]!)), csv);

    const ofStream = await read(stream);
    assert.equal(ofStream.format, "Midstream, stream of /probe/stream");
    assert.deepEqual(ofStream.notes, []);
    assert.deepEqual(probeJson(pictureOf(ofStream.prompts[0]!)), probeJson(picture));
  }
});

Deno.test("answers of a batch and of a job come back, and refused prompts are told", async () => {
  const { post } = await serviceOf();
  const body = { prompts: ["Once", [999], "upon"] };
  const batch = await (await post("/probe/batch", body)).text();
  const stream = await (await post("/probe/batch/stream", body)).text();
  const results = JSON.parse(batch).items.map((item: object) => `${JSON.stringify(item)}\n`).join("");
  for (
    const [text, format] of [[batch, "answer of /probe/batch"], [stream, "lines of a batch or a job"], [
      results,
      "lines of a batch or a job",
    ]]
  ) {
    const imported = await read(text!);
    assert.equal(imported.format, `Midstream, ${format}`);
    assert.equal(imported.prompts.length, 2);
    assert.deepEqual(imported.notes, ["1 of the prompts were refused: they have no picture."]);
  }
});

Deno.test("a stream that was cut, or ended with a problem, is read as far as it goes", async () => {
  const { stream } = await asked({ positions: "all" });
  const lines = stream.trimEnd().split("\n");
  const cut = await read(`${lines.slice(0, 3).join("\n")}\n${lines[3]!.slice(0, 40)}`);
  assert.match(cut.notes.join(), /^The stream was cut: 1 of \d+ cells are there\.$/);
  assert.throws(
    () => probeJson(pictureOf(cut.prompts[0]!)),
    new ExportFault("the answer has not come to its end: run it again"),
  );
  const refused = await read(
    `${lines[0]}\n${JSON.stringify({ type: "error", problem: { title: "Shutting down" } })}\n`,
  );
  assert.match(refused.notes.join(" "), /ended the stream with a problem: Shutting down The stream was cut: 0 of/);
});

Deno.test("what is wrong in an answer of the service is told with its member", async () => {
  const { json, stream } = await asked({ statistics: ["entropy", "agrees"], track: [" Lily"] });
  const cases: [(answer: { readouts: Record<string, unknown>[] } & Record<string, unknown>) => void, string][] = [
    [(answer) => delete answer.tokens, "the file: tokens is missing; a list would be right"],
    [
      (answer) => answer.readouts[1]!.position = 99,
      "the file: readouts[1].position is 99; a whole number from 0 to 4 would be right",
    ],
    [(answer) => answer.readouts[0]!.entropy = null, "the file: readouts[0].entropy is null; a number would be right"],
    [(answer) => answer.readouts[0]!.agrees = 1, "the file: readouts[0].agrees is 1; true or false would be right"],
    [(answer) => answer.readouts[0]!.tracked = {}, "the file: readouts[0].tracked is an object; a list would be right"],
    [(answer) => answer.output = "secret", "the file: output is a text of 6 characters; a list would be right"],
    [(answer) => answer.usage = [], "the file: usage is a list of 0; an object would be right"],
  ];
  for (const [change, message] of cases) {
    const answer = JSON.parse(json);
    change(answer);
    await assert.rejects(read(JSON.stringify(answer)), { name: "ImportFault", message });
  }
  await assert.rejects(read(json.slice(0, -20)), /^ImportFault: the file is no JSON: it breaks off at line 1, column/);
  await assert.rejects(
    read(json.replace('"prob":', '"prob":1e999,"x":')),
    /tokens|top\[0\]\.prob is Infinity; a number from 0/,
  );
  const lines = stream.trimEnd().split("\n");
  await assert.rejects(
    read([lines[0], lines[0], ""].join("\n")),
    /^ImportFault: line 2: type is a text of 5 characters; "output"/,
  );
  await assert.rejects(
    read([...lines, lines[1], ""].join("\n")),
    /^ImportFault: line \d+ is an object; nothing after the end/,
  );
  await assert.rejects(
    read(lines.slice(1).join("\n")),
    /^ImportFault: line 2?1?: type is a text of 6 characters; "start" in the first/,
  );
});

Deno.test("what another tool's file does not say is empty in the table, and is no answer of the service", async () => {
  const { prompts } = await read(JSON.stringify(LOGITLENS_V2));
  const picture = pictureOf(prompts[0]!);
  const rows = probeCsv(picture).split("\r\n");
  assert.equal(rows[0], "kind,position,token_id,token_text,lens,site,layer,rank,id,piece,text,logit,logprob,prob");
  assert.equal(rows[1], 'top,0,,The,logit,resid_post,0,1,,," the",,,0.1');
  assert.equal(rows[2], 'top,0,,The,logit,resid_post,0,2,,," a",,,0.05');
  assert.equal(rows[3], 'tracked,0,,The,logit,resid_post,0,,,," the",,,0.1');
  assert.throws(() => probeJson(picture), ExportFault);
});
