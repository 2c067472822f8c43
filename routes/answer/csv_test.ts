import assert from "node:assert/strict";
import { testApp } from "../testing/test_app.ts";

/** RFC 4180: records of fields, quotes doubled. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    records.at(-1)!.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    if (end !== ",") records.push([]);
  }
  records.pop();
  return records;
}

async function tableOf(body: Record<string, unknown>) {
  const { post } = await testApp();
  const response = await post("/probe", { prompt: " Once upon a time", ...body }, { Accept: "text/csv" });
  const [header, ...records] = parseCsv(await response.text());
  return {
    header: header!,
    rows: records.map((it) => Object.fromEntries(it.map((value, at) => [header![at]!, value]))),
  };
}

Deno.test("text/csv has the cells of the JSON form, one token a row", async () => {
  const body = {
    positions: [3, 4],
    layers: [0, -1],
    top_k: 48,
    track: [" Lily"],
    statistics: ["kl_output_lens", "agrees", "next_rank", "entropy"],
  };
  const { header, rows } = await tableOf(body);
  assert.deepEqual(
    header.join(),
    "kind,position,token_id,token_text,lens,site,layer,rank,id,piece,text,logit,logprob,prob,kl_output_lens,agrees,next_rank,entropy",
  );
  const { post } = await testApp();
  const answer = await (await post("/probe", { prompt: " Once upon a time", ...body })).json();
  assert.equal(rows.length, 2 * (48 + 2 * (48 + 1)));
  const written = (value: unknown) => value === null ? "" : String(value);
  for (const readout of answer.readouts) {
    const mine = rows.filter((row) =>
      row.kind === "top" && row.position === `${readout.position}` && row.layer === `${readout.layer}`
    );
    assert.deepEqual(
      mine.map(({ id, piece, text, logit, logprob, prob }) => [id, piece, text, logit, logprob, prob]),
      readout.top.map((it: Record<string, unknown>) =>
        [it.id, it.piece, it.text, it.logit, it.logprob, it.prob].map(written)
      ),
    );
    for (const row of mine) {
      for (const name of body.statistics) assert.equal(row[name], written(readout[name]));
    }
  }
  const [output] = rows;
  assert.deepEqual([output!.kind, output!.layer, output!.rank, output!.entropy], [
    "output",
    "",
    "1",
    String(answer.output[0].entropy),
  ]);
  assert.equal(rows.filter((row) => row.kind === "tracked").length, 4);
});

Deno.test("text/csv quotes what CSV would change", async () => {
  const { rows } = await tableOf({ prompt: [11, 10, 3, 13], positions: "all", layers: [0], top_k: 1 });
  const texts = Object.groupBy(rows, (row) => row.position!);
  assert.deepEqual(Object.values(texts).map((of) => of![0]!.token_text), ['"', ",", "\n", "    "]);
});

Deno.test("text/csv has one row of kind cell where no tokens are asked for", async () => {
  const { rows } = await tableOf({ layers: [0, 1], top_k: 0 });
  assert.deepEqual(rows.map((row) => [row.kind, row.layer, row.id]), [["output", "", ""], ["cell", "0", ""], [
    "cell",
    "1",
    "",
  ]]);
  assert.ok(rows[1]!.entropy !== "");
});
