import assert from "node:assert/strict";
import fc from "fast-check";
import { CheckpointError } from "./checkpoint_error.ts";
import { parseStrictJson } from "./strict_json.ts";

const parse = (text: string) => parseStrictJson(text, "a.json");
const refuses = (text: string, wanted: RegExp) =>
  assert.throws(() => parse(text), (e) => e instanceof CheckpointError && e.rule === "json" && wanted.test(e.message));

Deno.test("parseStrictJson() reads what JSON.stringify writes, whatever the white space", () => {
  fc.assert(fc.property(fc.json(), fc.constantFrom(0, 1, "\t", "\r\n"), (json, indent) => {
    const text = JSON.stringify(JSON.parse(json), null, indent);
    assert.deepEqual(JSON.stringify(parse(text)), JSON.stringify(JSON.parse(text)));
  }));
});

Deno.test("parseStrictJson() agrees with JSON.parse about any mutation, but for duplicate keys and overflow", () => {
  const base = '{"a": [1, -2.5e3, true, null, "x\\u00e9\\n"], "b": {"c": "", "__proto__": 0}, "d": false}';
  const pieces = fc.array(
    fc.tuple(fc.nat(base.length), fc.nat(2), fc.constantFrom("", ",", '"', "{", "]", "\\", "0", "e", "\n")),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(pieces, (edits) => {
      const text = edits.reduce((t, [at, cut, put]) => t.slice(0, at) + put + t.slice(at + cut), base);
      let wanted: string | null;
      try {
        wanted = JSON.stringify(JSON.parse(text));
      } catch {
        wanted = null;
      }
      try {
        assert.equal(JSON.stringify(parse(text)), wanted);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
        assert.ok(wanted === null || /duplicate|beyond float64/.test(error.message), `${text}: ${error.message}`);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("parseStrictJson() refuses a duplicate key at any depth, however it is spelt", () => {
  refuses('{"a": 1, "a": 1}', /duplicate key "a"/);
  refuses('[{"x": {"a": 1, "\\u0061": 2}}]', /duplicate key "a"/);
  refuses('{"__proto__": 1, "__proto__": 2}', /duplicate key "__proto__"/);
  assert.deepEqual(parse('[{"a": 1}, {"a": 2}]'), [{ a: 1 }, { a: 2 }]);
});

Deno.test("parseStrictJson() refuses numbers beyond float64, byte-order marks, trailing text and what Python adds", () => {
  refuses("1e999", /beyond float64/);
  for (
    const text of ["\ufeff{}", "{} {}", "NaN", "Infinity", "[1,]", "{'a': 1}", "01", "", '"\u0001"', '"open', "tru"]
  ) {
    refuses(text, /JSON at character/);
  }
});

Deno.test("parseStrictJson() bounds depth and length", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  parse(nested(64));
  refuses(nested(65), /nested more than 64 deep/);
  refuses("[".repeat(1_000_000), /nested more than 64 deep/);
  assert.throws(() => parseStrictJson("[1,2]", "a.json", { maxLength: 4, maxDepth: 9 }), /at most 4 are read/);
  const long = "x".repeat(5_000_000);
  assert.equal(parse(JSON.stringify(long)), long);
});
