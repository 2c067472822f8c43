import assert from "node:assert/strict";
import { PromptsFault } from "./read_prompts.ts";
import { valueTable } from "./value_table.ts";

Deno.test("valueTable() reads CSV, tabs and JSON alike", () => {
  const rows = [{ who: "girl, little", what: 'a "ball"' }, { who: "dog", what: "1" }];
  const table = { columns: ["who", "what"], rows };
  assert.deepEqual(valueTable('who,what\n"girl, little","a ""ball"""\n\ndog,1\n'), table);
  assert.deepEqual(valueTable('who\twhat\r\ngirl, little\ta "ball"\r\ndog\t1\r\n'), table);
  assert.deepEqual(valueTable('[{"who": "girl, little", "what": "a \\"ball\\""}, {"who": "dog", "what": 1}]'), table);
  assert.deepEqual(valueTable(" \n"), { columns: [], rows: [] });
  assert.deepEqual(valueTable("who\n"), { columns: ["who"], rows: [] });
});

Deno.test("valueTable() says where a table is none", () => {
  const cases: [string, RegExp][] = [
    ["a,b\n1,2\n3", /^line 3 has 1 values; there are 2 columns/],
    ["a,a\n1,2", /same name/],
    ['a\n"x', /quoted field has no end/],
    ["[1]", /^item 1 is no object/],
    ["[{]", /is not JSON/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => valueTable(text), (error) => error instanceof PromptsFault && message.test(error.message));
  }
});
