import assert from "node:assert/strict";
import { isObject, type Json, type JsonValue } from "../openapi/json.ts";
import { resolver } from "../openapi/resolver.ts";
import { operationsOf, servedDocument } from "./testing/served_document.ts";

/** Where JSON really is open: what a lens file says of its origin, and an OpenAPI document, whose form is that standard's. */
const OPEN = ["Document", "Provenance"];

/** Places of an answer's schema where a client would get `any`, or an object without members. */
function untyped(document: Json, schema: JsonValue | undefined, at: string, seen = new Set<string>()): string[] {
  if (!isObject(schema)) return [`${at} has no schema`];
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1)! : "";
  if (name !== "" && (seen.has(name) || OPEN.includes(name))) return [];
  seen.add(name);
  const it = resolver(document)(schema);
  const place = name === "" ? at : name;
  const inside = (value: JsonValue | undefined, step: string) => untyped(document, value, `${place}${step}`, seen);
  const branches = [it.oneOf, it.anyOf].find(Array.isArray);
  if (branches) return branches.flatMap((branch, index) => inside(branch, `|${index}`));
  if (it.type === undefined && it.enum === undefined && it.const === undefined) return [`${place} has no type`];
  if (it.type === "array") return inside(it.items, "[]");
  if (it.type !== "object") return [];
  const members = Object.entries((it.properties ?? {}) as Json);
  const more = it.additionalProperties;
  return [
    ...(members.length === 0 && !isObject(more) ? [`${place} is an object of anything`] : []),
    ...(more === true || (isObject(more) && Object.keys(more).length === 0)
      ? [`${place} has members of any type`]
      : []),
    ...(isObject(more) && Object.keys(more).length > 0 ? inside(more, ".*") : []),
    ...members.flatMap(([member, value]) => inside(value, `.${member}`)),
  ];
}

for (const version of ["/openapi.json", "/openapi-3.0.json"]) {
  Deno.test(`every answer of ${version} is typed to its last member, but for what is open by nature`, async () => {
    const document = await servedDocument(version);
    const faults: string[] = [];
    let answers = 0;
    for (const { method, path, operation } of operationsOf(document)) {
      for (const [status, response] of Object.entries(operation.responses as Record<string, Json>)) {
        for (const [type, media] of Object.entries((response.content ?? {}) as Record<string, Json>)) {
          answers++;
          faults.push(...untyped(document, media.schema, `${method} ${path} ${status} ${type}`));
        }
      }
    }
    assert.ok(answers > 100);
    assert.deepEqual([...new Set(faults)], []);
  });
}

Deno.test("an untyped place of an answer is found", () => {
  const schemas = {
    Any: { description: "Anything." },
    Loose: { type: "object", properties: { a: { type: "string" } }, additionalProperties: {} },
    Empty: { type: "object" },
    List: { type: "array", items: { type: "object", properties: { a: {} } } },
  };
  const found = (name: string) =>
    untyped({ components: { schemas } }, { $ref: `#/components/schemas/${name}` }, "answer");
  assert.deepEqual(found("Any"), ["Any has no type"]);
  assert.deepEqual(found("Loose"), ["Loose has members of any type"]);
  assert.deepEqual(found("Empty"), ["Empty is an object of anything"]);
  assert.deepEqual(found("List"), ["List[].a has no type"]);
});
