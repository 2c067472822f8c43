import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonFaultAt } from "./json_fault_at.ts";

Deno.test("jsonFaultAt() finds the first character that is wrong", () => {
  const cases: [string, string][] = [
    ['{"a": ', "NaN}"],
    ['{"a": [1, ', "]}"],
    ["[1, 2", "}"],
    ['{"a"', ", 1}"],
    ["{", "a: 1}"],
    ['{"a": 1,', "}"],
    ["[", ",1]"],
    ["[1] ", "[2]"],
    ['{"a": "b', '\\q"}'],
    ['{"a": "b', '\n"}'],
    ["[01".slice(0, 2), "1]"],
    ["", "'a'"],
  ];
  for (const [right, wrong] of cases) assert.equal(jsonFaultAt(right + wrong), right.length, right + wrong);
});

Deno.test("jsonFaultAt() finds no fault in any JSON, however deep, and the end of one that breaks off", () => {
  fc.assert(fc.property(fc.json(), fc.nat(), (json, cut) => {
    assert.equal(jsonFaultAt(json), json.length);
    const broken = json.slice(0, cut % json.length);
    // A string or a word that breaks off is told at its beginning or its end.
    assert.ok(jsonFaultAt(broken) <= broken.length);
  }));
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assert.equal(jsonFaultAt(deep), deep.length);
  assert.equal(jsonFaultAt('{"a": [1, {"b": "c\\u00e9'), 24);
});

Deno.test("jsonFaultAt() and JSON.parse agree on what is no JSON", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\n"',
    "1",
    "-0.5e3",
    "01",
    "true",
    "null",
    "x",
    " ",
    '"',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      if (jsonFaultAt(text) < text.length) assert.throws(() => JSON.parse(text), SyntaxError, text);
      // What only breaks off is no fault until something wrong follows.
      else assert.equal(jsonFaultAt(`${text}\u0001`), text.length, text);
    }),
    { numRuns: 2000 },
  );
});
