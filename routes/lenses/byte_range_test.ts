import assert from "node:assert/strict";
import { parseByteRange } from "./byte_range.ts";

Deno.test("parseByteRange() reads one range of a file of 100 bytes", () => {
  const cases: [string | undefined, ReturnType<typeof parseByteRange>][] = [
    [undefined, null],
    ["bytes=0-0", { from: 0, to: 1 }],
    ["bytes=10-19", { from: 10, to: 20 }],
    ["BYTES= 90-", { from: 90, to: 100 }],
    ["bytes=90-1000", { from: 90, to: 100 }],
    ["bytes=-7", { from: 93, to: 100 }],
    ["bytes=-1000", { from: 0, to: 100 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=100-200", "unsatisfiable"],
    ["bytes=99999999999999999999-", "unsatisfiable"],
    // The whole may always be sent instead.
    ["bytes=5-4", null],
    ["bytes=-", null],
    ["bytes=0-1,5-6", null],
    ["lines=0-1", null],
    ["bytes=a-b", null],
  ];
  for (const [header, expected] of cases) assert.deepEqual(parseByteRange(header, 100), expected, String(header));
});

Deno.test("parseByteRange() finds nothing in an empty file", () => {
  assert.equal(parseByteRange("bytes=0-", 0), "unsatisfiable");
  assert.equal(parseByteRange("bytes=-5", 0), "unsatisfiable");
});
