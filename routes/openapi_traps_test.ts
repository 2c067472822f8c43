import assert from "node:assert/strict";
import { z } from "@hono/zod-openapi";
import { isObject, type Json } from "../openapi/json.ts";
import { nodes, operationsOf, reachable, servedDocument } from "./testing/served_document.ts";
import { testApp } from "./testing/test_app.ts";

// What @hono/zod-openapi writes wrongly without a word, and what generators of clients stumble over.

const schemasOf = (document: Json) => (document.components as Json).schemas as Record<string, Json>;

/** Components that a request is made of. */
function requestSchemas(document: Json): [string, Json][] {
  const names = new Set<string>();
  for (const { operation: { requestBody, parameters } } of operationsOf(document)) {
    for (const part of [requestBody, parameters]) if (part !== undefined) reachable(document, part, names);
  }
  return [...names].map((name) => [name, schemasOf(document)[name]!]);
}

Deno.test("no default or nullable leaks into a component, and no closed object is in an allOf", async () => {
  for (const [path, node] of nodes(await servedDocument())) {
    if (path.endsWith("/properties")) continue;
    // allOf of closed objects can be satisfied by nothing.
    for (const trap of ["allOf", "default", "nullable"]) assert.ok(!(trap in node), `${path} has ${trap}`);
  }
});

Deno.test("every number of a request has bounds, and is whole", async () => {
  const document = await servedDocument();
  const parameters = operationsOf(document).map(({ operation }) => operation.parameters ?? []);
  let numbers = 0;
  for (const [path, node] of [...nodes(Object.fromEntries(requestSchemas(document))), ...nodes(parameters)]) {
    if (node.type !== "integer" && node.type !== "number") continue;
    numbers++;
    assert.equal(node.type, "integer", path);
    assert.ok(typeof node.minimum === "number" && typeof node.maximum === "number", `${path} is unbounded`);
  }
  assert.ok(numbers >= 4);
});

Deno.test("every list of a request has a length and says of what it is", async () => {
  const document = await servedDocument();
  for (const [path, node] of nodes(document)) {
    if (node.type === "array") assert.ok(isObject(node.items), `${path} is a list of anything`);
    assert.ok(!("prefixItems" in node), `${path} is a tuple, whose length is not written`);
  }
  for (const [path, node] of nodes(Object.fromEntries(requestSchemas(document)))) {
    if (node.type === "array") assert.equal(typeof node.maxItems, "number", path);
  }
});

Deno.test("every pattern means the same in the document as in the service: no flags, and JSON Schema's dialect", async () => {
  for (const [path, { pattern }] of nodes(await servedDocument())) {
    if (typeof pattern === "string") assert.doesNotThrow(() => new RegExp(pattern, "u"), path);
  }
  const { app } = await testApp();
  const flagged: string[] = [];
  for (const definition of app.openAPIRegistry.definitions) patterns(definition, new Set(), flagged);
  assert.deepEqual(flagged, []);
  const caught: string[] = [];
  patterns({ schema: z.object({ a: z.array(z.string().regex(/^a$/i)) }) }, new Set(), caught);
  assert.deepEqual(caught, ["/^a$/i"], "the search finds a flag");
});

/** Flagged patterns in a value, which may be a zod schema. */
function patterns(value: unknown, seen: Set<unknown>, flagged: string[]): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof RegExp) {
    // u and v change no match here: JSON Schema's own dialect is u.
    if (/[imsy]/.test(value.flags)) flagged.push(String(value));
    return;
  }
  const inside = value instanceof z.ZodObject ? [value.shape, value._zod.def] : [value];
  for (const each of inside) for (const member of Object.values(each)) patterns(member, seen, flagged);
  if ("_zod" in value) patterns((value._zod as { def: unknown }).def, seen, flagged);
}

Deno.test("every body is required", async () => {
  for (const { method, path, operation: { requestBody } } of operationsOf(await servedDocument())) {
    if (requestBody !== undefined) assert.equal((requestBody as Json).required, true, `${method} ${path}`);
  }
});

/** Objects of a request that are open by nature: a foreign file as it is, and names that the caller makes up. */
const OPEN = ["LensConfig", "TemplateValues"];

Deno.test("every object of a request refuses members that it does not know, and none of an answer does", async () => {
  const document = await servedDocument();
  const ofRequests = requestSchemas(document);
  for (const [name, schema] of ofRequests) {
    if (schema.type !== "object" || OPEN.includes(name)) continue;
    assert.equal(schema.additionalProperties, false, name);
  }
  const names = new Set(ofRequests.map(([name]) => name));
  for (const [name, schema] of Object.entries(schemasOf(document))) {
    if (!names.has(name)) assert.notEqual(schema.additionalProperties, false, `members may be added to ${name}`);
  }
});

Deno.test("half of a surrogate pair is refused wherever a request takes a text", async () => {
  const { post, app } = await testApp();
  const half = '"\\ud800"';
  const bodies = [
    ["/probe", `{"prompt":${half}}`],
    ["/probe", `{"prompt":"a","track":[${half}]}`],
    ["/probe/batch", `{"template":${half},"values":[{"a":"b"}]}`],
    ["/probe/batch", `{"template":"{a}","values":[{"a":${half}}]}`],
    ["/jobs", `{"template":"{a}","values":[{"a":${half}}]}`],
    ["/activations", `{"prompt":{"messages":[{"role":"user","content":${half}}]}}`],
    ["/tokenize", `{"prompt":${half}}`],
    ["/imports", `{"source":${half}}`],
  ] as const;
  for (const [path, body] of bodies) assert.equal((await post(path, body)).status, 422, `${path} ${body}`);
  const patch = { method: "PATCH", headers: { "content-type": "application/json" }, body: `{"note":${half}}` };
  assert.equal((await app.request("/lenses/mine", patch)).status, 422);
});

Deno.test("a union is a oneOf, whose branches are of different types or told apart by a tag", async () => {
  const document = await servedDocument();
  const named = (branch: Json) => schemasOf(document)[String(branch.$ref).split("/").at(-1)!] ?? branch;
  let unions = 0;
  for (const [path, { anyOf, oneOf, discriminator }] of nodes(document)) {
    // openapi-generator makes one class of an anyOf, with the members of all its branches: a text could not be sent.
    assert.equal(anyOf, undefined, path);
    if (!Array.isArray(oneOf) || discriminator !== undefined) continue;
    unions++;
    const types = oneOf.map((branch) => named(branch as Json).type);
    assert.equal(new Set(types).size, types.length, `${path}: ${types}`);
  }
  assert.ok(unions >= 10);
});

Deno.test("every union that is told apart has a required literal tag in each branch", async () => {
  const document = await servedDocument();
  let unions = 0;
  for (const [name, { oneOf, discriminator }] of Object.entries(schemasOf(document))) {
    if (!Array.isArray(oneOf) || discriminator === undefined) continue;
    unions++;
    const { propertyName, mapping } = discriminator as { propertyName: string; mapping: Json };
    const values = oneOf.map((branch) => {
      const schema = schemasOf(document)[String((branch as Json).$ref).split("/").at(-1)!]!;
      assert.ok((schema.required as string[]).includes(propertyName), name);
      const tag = (schema.properties as Record<string, Json>)[propertyName]!;
      return tag.const ?? (tag.enum as string[])[0]!;
    });
    assert.deepEqual(values, Object.keys(mapping), name);
  }
  assert.equal(unions, 4);
});

Deno.test("operations are named by a verb and a noun, and JSON stands first where there are several forms", async () => {
  for (const { operation: { operationId, responses } } of operationsOf(await servedDocument())) {
    assert.match(
      String(operationId),
      /^(create|delete|detokenize|estimate|get|list|put|stream|tokenize|update)[A-Z][A-Za-z]+$/,
    );
    for (const { content = {} } of Object.values(responses as Record<string, Json>)) {
      const types = Object.keys(content as Json);
      if (types.includes("application/json")) assert.equal(types[0], "application/json");
    }
  }
});

Deno.test("bytes are binary texts, and a path that is not there answers with a problem", async () => {
  for (const [path, node] of nodes(await servedDocument())) {
    if (!path.endsWith("/application~1octet-stream")) continue;
    assert.deepEqual(node.schema, { type: "string", format: "binary" }, path);
  }
  const { app } = await testApp();
  const response = await app.request("/nothing");
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
});
