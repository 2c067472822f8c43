import assert from "node:assert/strict";
import { pythonPercent, pythonText } from "./python_literal.ts";

Deno.test("pythonText() writes a text as Python's repr does", () => {
  // The right sides are what CPython 3.11 prints.
  const cases: [string, string][] = [
    ["Lily", "'Lily'"],
    ["", "''"],
    ["it's", `"it's"`],
    [`'"`, `'\\'"'`],
    ['"', `'"'`],
    ["\n\r\t", "'\\n\\r\\t'"],
    ["\\", "'\\\\'"],
    ["\0\x1f\x7f\x85\xa0\xad", "'\\x00\\x1f\\x7f\\x85\\xa0\\xad'"],
    ["\u2028\u200b\u3000", "'\\u2028\\u200b\\u3000'"],
    ["\u{e0001}", "'\\U000e0001'"],
    ["▁the 小 \ufffd é 🙂", "'▁the 小 \ufffd é 🙂'"],
  ];
  for (const [text, expected] of cases) assert.equal(pythonText(text), expected, JSON.stringify(text));
});

Deno.test("pythonPercent() rounds as Python's round(100 * p, 2), and writes a float", () => {
  const cases: [number, string][] = [
    [0.12, "12.0"],
    [0.0007, "0.07"],
    [0, "0.0"],
    [1, "100.0"],
    [1e-7, "0.0"],
    [0.5434567, "54.35"],
    [0.00125, "0.12"],
    [0.00375, "0.38"],
    [0.00625, "0.62"],
    [0.00875, "0.88"],
    [0.01005, "1.0"],
    [0.02675, "2.67"],
    [0.99999, "100.0"],
  ];
  for (const [prob, expected] of cases) assert.equal(pythonPercent(prob), expected, String(prob));
});
