import assert from "node:assert/strict";
import fc from "fast-check";
import { csvRecords } from "./csv_records.ts";
import { ImportFault } from "./imported.ts";

const fieldsOf = (text: string) => [...csvRecords(text)].map(({ fields }) => fields);

Deno.test("csvRecords() reads what was written, whatever the fields hold", () => {
  const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
  const field = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a") }),
  );
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
  fc.assert(fc.property(table, fc.constantFrom("\n", "\r\n"), (records, end) => {
    const text = records.map((fields) => fields.map(quoted).join(",") + end).join("");
    assert.deepEqual(fieldsOf(text), records);
  }));
});

Deno.test("csvRecords() counts lines within fields, and takes bare fields and a last line without its end", () => {
  const text = 'a,"b\nc",\n\nd,e"f\r\n"g"';
  assert.deepEqual([...csvRecords(text)], [
    { line: 1, fields: ["a", "b\nc", ""] },
    { line: 3, fields: [""] },
    { line: 4, fields: ["d", 'e"f'] },
    { line: 5, fields: ["g"] },
  ]);
});

Deno.test("csvRecords() says in which line a quoted field is wrong", () => {
  assert.throws(
    () => fieldsOf('a\nb,"c'),
    new ImportFault('line 2: a quoted field has no end; a closing " would be right'),
  );
  assert.throws(() => fieldsOf('a\n"b"c'), /^ImportFault: line 2: something follows a quoted field/);
});
