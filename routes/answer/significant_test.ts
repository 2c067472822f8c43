import assert from "node:assert/strict";
import fc from "fast-check";
import { significant } from "./significant.ts";

Deno.test("significant() keeps seven digits of every number, and writes no more", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const rounded = significant(value);
      const bound = Math.max(Math.abs(value) * 5.01e-7, Number.MIN_VALUE);
      assert.ok(Math.abs(rounded - value) <= bound, `${value} became ${rounded}`);
      const digits = String(rounded).replace(/e.*|[-.]/g, "").replace(/^0+|0+$/g, "");
      assert.ok(digits.length <= 7, `${value} is written ${rounded}`);
    }),
    { numRuns: 5000, seed: 1 },
  );
});

Deno.test("significant() leaves zero and NaN", () => {
  assert.ok(Object.is(significant(0), 0) && Number.isNaN(significant(NaN)));
});
