import assert from "node:assert/strict";
import { fuzzImportFiles } from "./import_files.ts";

const CASES = 2_000;

Deno.test(`${CASES} mutated import files are read to pictures that make sense, or refused in few words`, async () => {
  const { cases, read, refused } = await fuzzImportFiles(CASES, 20_261_124);
  assert.equal(cases, CASES);
  // The mutations must leave some files of every format whole, and reach every reader.
  for (
    const format of [
      /^Midstream, answer of \/probe$/,
      /^Midstream, stream/,
      /^Midstream, answer of \/probe\/batch$/,
      /^Midstream, lines/,
      /^result table .* text$/,
      /^result table .* pieces$/,
      /^result table .* whole percents$/,
      /^logitlenskit, version 1/,
      /^logitlenskit, version 2/,
      /^nnsightful/,
      /^jacobian-lens/,
    ]
  ) {
    assert.ok([...read.keys()].some((it) => format.test(it)), `no file was read as ${format}`);
  }
  for (
    const message of [
      /^the file: readouts/,
      /^the file is no JSON/,
      /^line 0: /,
      /^line 0, Block output, character 0/,
      /^the file: topk/,
      /^the file: cells/,
      /^meta\.json: /,
      /^slice\.bin unpacks/,
      /no whole gzip stream/,
    ]
  ) {
    assert.ok([...refused.keys()].some((it) => message.test(it)), `no refusal like ${message}`);
  }
});
