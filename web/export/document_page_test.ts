import assert from "node:assert/strict";
import { utf8 } from "../formats/testing/small_files.ts";
import { readFiles } from "../formats/read_files.ts";
import { LOGITLENS_V2, NNSIGHTFUL, SEED_TEXT, sliceFiles } from "../formats/testing/small_files.ts";
import { ImportFault } from "../formats/imported.ts";
import { Picture } from "../state/picture.ts";
import { FIRST_QUESTION, type Question } from "../state/question.ts";
import { dataOf } from "./data_of.ts";
import { writeContent } from "./document_content.ts";
import { documentPage, isDocumentPage, readDocumentPage } from "./document_page.ts";

const SOURCE = { styles: "p { color: red; }", script: 'const end = "</script><!--";' };
const question: Question = { ...FIRST_QUESTION, view: "last", cell: { position: 1, layer: 2 }, pins: [4] };

const pageOf = (picture: Picture, title = "x") =>
  documentPage(title, writeContent({ picture, question, statistics: [], model: null }), SOURCE);

Deno.test("a document gives back what was put into it, of every tool's file", async () => {
  const json = (value: object) => [{ name: "a.json", bytes: utf8(JSON.stringify(value)) }];
  const all = [json(LOGITLENS_V2), json(NNSIGHTFUL), [{ name: "a.csv", bytes: utf8(SEED_TEXT) }], await sliceFiles()];
  for (const files of all) {
    for (const { data } of (await readFiles(files)).prompts) {
      const bytes = utf8(pageOf(Picture.of(data)));
      assert.ok(isDocumentPage(bytes));
      const read = readDocumentPage(bytes);
      assert.deepEqual(read.question, question);
      assert.deepEqual(dataOf(Picture.of(read.imported.prompts[0]!.data)), dataOf(Picture.of(data)));
    }
  }
});

Deno.test("nothing in a document ends its data, its title or its script, and its policy lets nothing out", async () => {
  const markup = "</script></title><script>x</script><!--";
  const file = { ...LOGITLENS_V2, meta: { ...LOGITLENS_V2.meta, model: markup } };
  const { prompts: [prompt] } = await readFiles([{ name: "a.json", bytes: utf8(JSON.stringify(file)) }]);
  const page = pageOf(Picture.of(prompt!.data), markup);
  assert.equal(page.match(/<script/g)!.length, 2);
  assert.equal(page.match(/<\/script/g)!.length, 2);
  assert.doesNotMatch(page, /<!--/);
  assert.match(page, /default-src 'none'; script-src 'nonce-[\d-]+'; style-src 'nonce-[\d-]+'; img-src data:/);
  assert.equal(readDocumentPage(utf8(page)).imported.prompts[0]!.data.model, markup);
});

Deno.test("a document that is cut, of another form or altered is refused in words", async () => {
  const { prompts: [prompt] } = await readFiles([{ name: "a.csv", bytes: utf8(SEED_TEXT) }]);
  const page = pageOf(Picture.of(prompt!.data));
  const refused: [string, RegExp][] = [
    ["<!doctype html><p>", /none that was exported here/],
    [page.slice(0, page.indexOf('"cells"')), /breaks off in its data/],
    [page.replace('"midstream_document":1', '"midstream_document":2'), /has form 2; form 1 would be right/],
    [page.replace('"layers":[0,1]', '"layers":[0,-1]'), /picture.layers\[1\] is -1; a whole number/],
    [page.replace('"tokens":[', '"tokens":7,"x":['), /picture.tokens is 7; a list/],
  ];
  for (const [text, words] of refused) {
    assert.throws(
      () => readDocumentPage(utf8(text)),
      (error) => error instanceof ImportFault && words.test(error.message),
    );
  }
});
