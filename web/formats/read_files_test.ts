import assert from "node:assert/strict";
import { ImportFault } from "./imported.ts";
import { readFiles } from "./read_files.ts";
import { gzip, LOGITLENS_V1, LOGITLENS_V2, NNSIGHTFUL, SEED_TEXT, sliceFiles, utf8 } from "./testing/small_files.ts";

const file = (text: string, name = "x") => ({ name, bytes: utf8(text) });

Deno.test("readFiles() finds the format from the content, whatever the name", async () => {
  const cases: [string, string][] = [
    [SEED_TEXT, "result table of DanYuDE/Research-Project, text"],
    [`\ufeff${SEED_TEXT}`, "result table of DanYuDE/Research-Project, text"],
    [JSON.stringify(LOGITLENS_V1), "logitlenskit, version 1"],
    [JSON.stringify(LOGITLENS_V2, null, 2), "logitlenskit, version 2"],
    [JSON.stringify(NNSIGHTFUL), "nnsightful (logitlenskit, version 2)"],
  ];
  for (const [text, format] of cases) assert.equal((await readFiles([file(text, "meta.csv")])).format, format);
  assert.equal((await readFiles(await sliceFiles(""))).format, "jacobian-lens, slice");
});

Deno.test("readFiles() reads several files into one list of prompts", async () => {
  const imported = await readFiles([file(SEED_TEXT, "a/one.csv"), file(JSON.stringify(LOGITLENS_V1), "two.json")]);
  assert.deepEqual(imported.prompts.map(({ title }) => title), [
    "one.csv: prompt 1",
    "one.csv: prompt 2",
    "two.json: The end",
  ]);
  assert.equal(imported.format, "result table of DanYuDE/Research-Project, text; logitlenskit, version 1");
  await assert.rejects(
    readFiles([file(SEED_TEXT, "one.csv"), file("{", "b/two.json")]),
    /^ImportFault: two\.json: the file is no JSON/,
  );
});

Deno.test("readFiles() says what it found where nothing fits", async () => {
  const cases: [Parameters<typeof readFiles>[0], RegExp][] = [
    [[], /^there is no file/],
    [[file("")], /^the file is empty\. Read are/],
    [[file("<!doctype html><p>")], /^the file is an HTML page\. Read are/],
    [[file("[1, 2]")], /^the file is a JSON list/],
    [[file("kind,position,token_id\r\n")], /^the file is the service's table, which is not read back/],
    [[file('{"type":"urn:midstream:problem:out-of-range"}')], /^the file is what the service said when it refused/],
    [[file("Dear diary")], /^the file is text of another kind/],
    [[file('{"a": 1}')], /^the file is JSON without readouts, items, topk or cells/],
    [[file('{"ctx_strs": []}')], /meta\.json of a jacobian-lens slice; its whole folder/],
    [
      [{ name: "x.png", bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0) }],
      /^the file is no text: it begins with the bytes 89 50 4e 47/,
    ],
    [[{ name: "x.csv", bytes: Uint8Array.of(0x4c, 0xff, 0x4c) }], /^the file is not UTF-8 text between bytes 0 and 3/],
    [[{ name: "slice.bin", bytes: await gzip(utf8("x")) }], /^the files have 0 meta\.json/],
    [Array(20_001).fill(file("x")), /^20001 files at once; at most 20000/],
    [[{ name: "big", bytes: new Uint8Array(256 * 2 ** 20 + 1) }], /^257 MiB at once; at most 256 MiB would be right/],
  ];
  for (const [files, message] of cases) {
    await assert.rejects(readFiles(files), (error) => error instanceof ImportFault && message.test(error.message));
  }
});

Deno.test("readFiles() refuses what is nested deep, wherever it stands", async () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  for (
    const text of [
      `{"type":${deep}}`,
      `{"index":${deep}}`,
      `{"readouts":${deep}}`,
      `{"meta":${deep},"topk":0}`,
      `{"cells":${deep}}`,
    ]
  ) {
    await assert.rejects(readFiles([file(text)]), {
      name: "ImportFault",
      message: /^(line 1|the file): .{5,80} would be right$/,
    });
  }
});

Deno.test("readFiles() holds a small file of very many empty cells off", async () => {
  const cells = 2 ** 20 + 1;
  const many = `{"meta":{"version":2},"layers":[0],"input":[${Array(cells).fill('""').join()}],` +
    `"tracked":[${Array(cells).fill("{}").join()}],"topk":[[${Array(cells).fill("[]").join()}]]}`;
  await assert.rejects(readFiles([file(many)]), /^ImportFault: the file has more than 1048576 cells/);
});
