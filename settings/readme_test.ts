import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { settingsTable, withSettingsTable } from "./readme.ts";
import { flagOf, ROWS } from "./table.ts";

const readme = new URL("../README.md", import.meta.url);

Deno.test({
  name: "README.md has the table of settings as it is now (needs README.md; `deno task settings` writes it)",
  ignore: !existsSync(readme),
  fn: async () => {
    const text = await Deno.readTextFile(readme);
    assert(text === withSettingsTable(text), "README.md's table of settings is stale: run `deno task settings`");
  },
});

Deno.test("withSettingsTable() replaces what stands between the markers and nothing else", () => {
  const written = withSettingsTable("before\n<!-- settings -->old<!-- settings -->\nafter");
  assert.equal(written, `before\n<!-- settings -->\n\n${settingsTable()}\n\n<!-- settings -->\nafter`);
  assert.equal(withSettingsTable(written), written);
  assert.throws(() => withSettingsTable("no markers"), /two <!-- settings --> markers and has 0/);
});

Deno.test("settingsTable() has a row a setting", () => {
  const lines = settingsTable().split("\n");
  assert.equal(lines.length, ROWS.length + 2);
  ROWS.forEach((row, at) => assert(lines[at + 2]?.startsWith(`| \`${flagOf(row)}`)));
});
