import fc from "fast-check";
import assert from "node:assert/strict";
import frozen from "../../../openapi/openapi.json" with { type: "json" };
import type { Json } from "../../../openapi/json.ts";
import { ServedDocument } from "../document/served_document.ts";
import { valuesNear, valuesOf } from "./schema_arbitrary.ts";
import { violations } from "./violations.ts";

const document = new ServedDocument(frozen as unknown as Json);
const known = { byName: () => [], byPattern: () => [] };
const bodies = document.operations.flatMap(({ id, bodies }) =>
  bodies.filter(({ mediaType }) => mediaType === "application/json").map((body) => ({ id, ...body }))
);

Deno.test("valuesOf() and valuesNear() make what a schema accepts", () => {
  assert.ok(bodies.length > 5);
  for (const { id, schema, examples } of bodies) {
    for (const values of [valuesOf(schema, { document, known }), valuesNear(schema, examples, { document, known })]) {
      const accepted = fc.property(values, (value) => assert.deepEqual(document.faults(schema, value), [], id));
      fc.assert(accepted, { numRuns: 100, seed: 1 });
    }
  }
});

Deno.test("violations() break every keyword of a schema", () => {
  const schema: Json = {
    type: "object",
    properties: {
      count: { type: "integer", minimum: 1, maximum: 5 },
      word: { type: "string", minLength: 1, maxLength: 3 },
      id: { type: "string", pattern: "^[a-z]+$" },
      kind: { type: "string", enum: ["a"] },
      list: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2 },
      names: { type: "object", additionalProperties: { type: "string" }, maxProperties: 1 },
    },
    required: ["count"],
    additionalProperties: false,
  };
  const value = { count: 2, word: "ab", id: "x", kind: "a", list: [1], names: { one: "x" } };
  assert.deepEqual(document.faults(schema, value), []);
  const broken = [...violations(document, schema, value)].flatMap((it) => document.faults(schema, it.value()));
  const keywords = [
    ...["must be >= 1", "must be <= 5", "must NOT have fewer than 1 char", "must NOT have more than 3 char"],
    ...["must match pattern", "must be equal to one of", "must NOT have fewer than 1 items", "more than 2 items"],
    ...["more than 1 properties", "must have required property 'count'", "must NOT have additional properties"],
    ...["/list/0 must be integer", "/names/one must be string", "/ must be object"],
  ];
  for (const keyword of keywords) assert.ok(broken.some((fault) => fault.includes(keyword)), keyword);
});

Deno.test("valuesOf() says which keyword it does not understand", () => {
  const schema: Json = { type: "number", multipleOf: 3 };
  assert.throws(() => valuesOf(schema, { document, known }, "n"), /multipleOf of n/);
});
