import assert from "node:assert/strict";
import { cachedFolder, digestOf } from "./cached_folder.ts";
import { warningsOf } from "./generate.ts";
import { CLIENTS } from "./table.ts";

const client = (name: string) => CLIENTS.find((it) => it.name === name)!;

Deno.test("warningsOf() finds each warning once, with the reason where one is known", () => {
  const output = [
    "[main] INFO  o.o.codegen.TemplateManager - writing file ErrorFrame.py",
    "[main] WARN  o.o.codegen.utils.ModelUtils - Failed to get the schema name: null",
    "[main] WARN  o.o.codegen.utils.ModelUtils - Failed to get the schema name: null",
    "[main] ERROR o.o.codegen.InlineModelResolver - Illegal schema found with $ref combined with other properties",
  ].join("\n");
  const [known, unknown, ...others] = warningsOf(client("openapi-generator-python"), output);
  assert.match(String(known?.because), /nothing is missing/);
  assert.match(String(unknown?.text), /Illegal schema/);
  assert.equal(unknown?.because, undefined);
  assert.deepEqual(others, []);
});

Deno.test("warningsOf() knows openapi-python-client's streams, and no other part that it leaves out", () => {
  const left = (what: string) => `WARNING parsing GET /x within probe.\n\n${what}\n{"warnings": []}\n`;
  const answer = "Cannot parse response for status code <a.B object at 0x7f> (Unsupported content_type";
  const output = [`${answer} application/x-ndjson)`, `${answer} text/x-new)`, "Something else"].map(left).join("\n");
  const warnings = warningsOf(client("openapi-python-client"), output);
  assert.deepEqual(warnings.map(({ because }) => because !== undefined), [true, false, false]);
});

Deno.test("warningsOf() knows that openapi-python-client sends no lines of a job, and no other body that it leaves out", () => {
  const output = ["/jobs within jobs", "/x within jobs"].map((place) =>
    `WARNING parsing POST ${place}.\n\nUnsupported content type application/x-ndjson\n`
  ).join("\n");
  const warnings = warningsOf(client("openapi-python-client"), output);
  assert.deepEqual(warnings.map(({ because }) => because !== undefined), [true, false]);
});

Deno.test("cachedFolder() makes a folder once, and anew where it was not finished", async () => {
  const cache = await Deno.makeTempDir();
  try {
    let made = 0;
    const make = async (folder: string) => {
      await Deno.writeTextFile(`${folder}/${made++}`, "");
      if (made === 1) throw new Error("broken off");
    };
    await assert.rejects(cachedFolder(cache, "x", make), /broken off/);
    const folder = await cachedFolder(cache, "x", make);
    assert.equal(await cachedFolder(cache, "x", make), folder);
    assert.equal(made, 2);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["1"]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("digestOf() differs where the parts do, or the place where one ends", () => {
  assert.notEqual(digestOf("ab", "c"), digestOf("a", "bc"));
  assert.equal(digestOf("ab", "c"), digestOf("ab", "c"));
});
