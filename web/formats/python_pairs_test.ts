import assert from "node:assert/strict";
import fc from "fast-check";
import { pythonPercent as servicePercent, pythonText as serviceText } from "../../routes/jobs/python_literal.ts";
import { ImportFault } from "./imported.ts";
import { pythonPairs } from "./python_pairs.ts";
import { pythonPercent, pythonText } from "./python_literal.ts";

/** Tokens of any Unicode, with what is escaped more often than by chance. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom("'", '"', "\\", "\n", "\t", "\0", "\x7f", "\xad", "\u2028", "\u{e0001}", "▁", "n", "x", "0"),
  }),
);

Deno.test("pythonPairs() reads what pythonText() writes, and the service writes the same", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.double({ min: 0, max: 1, noNaN: true }))), (pairs) => {
      const source = `[${pairs.map(([text, prob]) => `(${pythonText(text)}, ${pythonPercent(prob)})`).join(", ")}]`;
      const read = pythonPairs(source, "cell");
      assert.deepEqual(read.map((pair) => pair.text), pairs.map(([text]) => text));
      for (const [at, [text, prob]] of pairs.entries()) {
        assert.ok(Math.abs(read[at]!.number - 100 * prob) <= 0.005000001, `${prob}: ${read[at]!.number}`);
        assert.equal(read[at]!.isWhole, false);
        assert.equal(pythonText(text), serviceText(text));
        assert.equal(pythonPercent(prob), servicePercent(prob));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("pythonPairs() reads Python's literals, however they are spelt", () => {
  const cases: [string, [string, number][]][] = [
    ["[]", []],
    [" [ ( 'a' , 1 ) , ] ", [["a", 1]]],
    [`[("it's", 12.0), ('"', 0.07)]`, [["it's", 12], ['"', 0.07]]],
    [String.raw`[('\'"\\', 1e-05)]`, [["'\"\\", 1e-5]]],
    [String.raw`[('\n\r\t\x85\u2028\U0001f642\101\0', 0.0)]`, [["\n\r\t\x85\u2028\u{1f642}A\0", 0]]],
    // Python keeps an escape that it does not know.
    [String.raw`[('\d', -1)]`, [["\\d", -1]]],
    ["[('', .5), ('�', 5.), ('▁the', +3)]", [["", 0.5], ["�", 5], ["▁the", 3]]],
    ["[('a\\\nb', 1)]", [["ab", 1]]],
    [String.raw`[('\ud800', 1)]`, [["\ud800", 1]]],
  ];
  for (const [source, expected] of cases) {
    assert.deepEqual(pythonPairs(source, "cell").map(({ text, number }) => [text, number]), expected, source);
  }
  assert.deepEqual(pythonPairs("[('a', 1), ('b', 1.0)]", "cell").map(({ isWhole }) => isWhole), [true, false]);
});

Deno.test("pythonPairs() says at which character something else was found", () => {
  const cases: [string, string][] = [
    ["", 'character 1: found the end; "[" would be right'],
    ["[('a', 1)", "character 10: found the end; a comma or the list's end would be right"],
    ["[('a', 1)] x", 'character 12: found "x"; nothing after the list would be right'],
    ["[('a' 1)]", 'character 7: found "1"; "," would be right'],
    ["[(a, 1)]", 'character 3: found "a"; a quoted text would be right'],
    ["[('a, 1)]", "character 10: found the end; the text's closing ' would be right"],
    ["[('a\n', 1)]", "character 5: found a control character; the text's closing ' would be right"],
    ["[('a', nan)]", 'character 8: found "n"; a number would be right'],
    ["[('a', 1e999)]", 'character 13: found ")"; a finite number before it would be right'],
    [String.raw`[('\x4', 1)]`, 'character 5: found "x"; \\x with 2 hexadecimal digits of a character would be right'],
    [
      String.raw`[('\U00110000', 1)]`,
      'character 5: found "U"; \\U with 8 hexadecimal digits of a character would be right',
    ],
    [String.raw`[('\N{DASH}', 1)]`, 'character 5: found "N"; an escape such as \\n or \\u2028 would be right'],
    ["[['a', 1]]", 'character 2: found "["; a tuple would be right'],
  ];
  for (const [source, expected] of cases) {
    assert.throws(() => pythonPairs(source, "line 2"), new ImportFault(`line 2, ${expected}`), source);
  }
});
