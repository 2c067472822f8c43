import assert from "node:assert/strict";
import fc from "fast-check";
import { Utf8Buffer } from "./utf8_buffer.ts";

Deno.test("Utf8Buffer holds what was written, as its bytes", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "grapheme", minLength: 20_000, maxLength: 20_100 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), fc.uint8Array(), (pieces, bytes) => {
      const buffer = new Utf8Buffer();
      for (const text of pieces) buffer.write(text);
      assert.deepEqual(buffer.bytes(), new TextEncoder().encode(pieces.join("")));
      buffer.append(bytes);
      assert.equal(buffer.size, new TextEncoder().encode(pieces.join("")).length + bytes.length);
      assert.deepEqual(buffer.bytes().subarray(buffer.size - bytes.length), Uint8Array.from(bytes));
    }),
    { numRuns: 30 },
  );
});
