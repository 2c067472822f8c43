import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const FEWER_LINES_THAN = 200;

for (const name of ["python/midstream.py", "typescript/midstream.ts"]) {
  Deno.test(`clients/${name} is one short file that needs nothing beside it`, async () => {
    const text = await Deno.readTextFile(fileURLToPath(new URL(`../../clients/${name}`, import.meta.url)));
    assert.ok(text.trimEnd().split("\n").length < FEWER_LINES_THAN);
    assert.doesNotMatch(text, /^import .*["']|^from \./m);
  });
}
