import assert from "node:assert/strict";
import { STATISTICS } from "../lens/statistics.ts";
import { flagOf, ROWS } from "../settings/table.ts";
import { between, DOCUMENTS, settingsTable, statisticsTable } from "./documents.ts";

for (const { file, marker, table } of DOCUMENTS) {
  const name = file.pathname.split("/").at(-1);
  Deno.test(`${name} has its table as it is now (\`deno task docs\` writes it)`, async () => {
    const text = await Deno.readTextFile(file);
    assert(text === between(text, marker, table()), `${name} is stale: run \`deno task docs\``);
  });
}

Deno.test("between() replaces what stands between the markers and nothing else", () => {
  const written = between("before\n<!-- x -->old<!-- x -->\nafter", "<!-- x -->", "new");
  assert.equal(written, "before\n<!-- x -->\n\nnew\n\n<!-- x -->\nafter");
  assert.equal(between(written, "<!-- x -->", "new"), written);
  assert.throws(() => between("no markers", "<!-- x -->", "new"), /two <!-- x --> markers and has 0/);
});

Deno.test("the tables have a row a setting and a row a statistic", () => {
  const settings = settingsTable().split("\n");
  assert.equal(settings.length, ROWS.length + 2);
  ROWS.forEach((row, at) => assert(settings[at + 2]?.startsWith(`| \`${flagOf(row)}`)));
  const statistics = statisticsTable().split("\n");
  STATISTICS.forEach(({ name }, at) => assert(statistics[at + 2]?.startsWith(`| \`${name}\``)));
});
