import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { isObject, type Json, type JsonValue } from "../openapi/json.ts";
import { PROBLEMS, problemType } from "../openapi/problem.ts";
import { operationsOf, servedDocument } from "./testing/served_document.ts";

/** Says what is wrong with a value by a schema of the document. */
function validator(document: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { "date-time": RFC_3339, binary: true } });
  ajv.addSchema(document, "document");
  const pointed = (pointer: string) => ajv.compile({ $ref: `document#${pointer}` });
  return (pointer: string, value: JsonValue) => {
    const check = pointed(pointer);
    return check(value) ? [] : check.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const step = (text: string) => text.replaceAll("~", "~0").replaceAll("/", "~1");

/** Every example of the document with the pointer to what it is an example of. */
function* examples(document: Json, at: JsonValue = document, pointer = ""): Generator<[string, JsonValue]> {
  if (!isObject(at) && !Array.isArray(at)) return;
  if (isObject(at) && isObject(at.schema)) {
    if (at.example !== undefined) yield [`${pointer}/schema`, at.example];
    for (const example of Object.values(at.examples ?? {})) {
      const { $ref, value } = example as Json;
      const named = typeof $ref === "string" ? (document.components as Json).examples as Json : {};
      yield [`${pointer}/schema`, value ?? (named[String($ref).split("/").at(-1)!] as Json).value!];
    }
  }
  if (isObject(at) && at.example !== undefined && at.schema === undefined) yield [pointer, at.example];
  for (const [key, inside] of Object.entries(at)) {
    if (key !== "example" && key !== "examples") yield* examples(document, inside, `${pointer}/${step(key)}`);
  }
}

Deno.test("every example of the document is what its own schema takes", async () => {
  const document = await servedDocument();
  const faults = validator(document);
  const all = [...examples(document)];
  for (const [pointer, value] of all) assert.deepEqual(faults(pointer, value), [], pointer);
  assert.ok(all.length > 250, `only ${all.length} examples were found`);
});

Deno.test("the examples' validator refuses what is wrong", async () => {
  const faults = validator(await servedDocument());
  assert.notDeepEqual(faults("/components/schemas/ProbeRequest", { prompt: "a", more: 1 }), []);
  assert.notDeepEqual(faults("/components/schemas/ProbeFrame", { type: "end" }), []);
  assert.notDeepEqual(faults("/components/schemas/Problem", { type: "about:blank" }), []);
});

Deno.test("every JSON request and every answer with a text has an example", async () => {
  const has = (media: Json, where: string) => assert.ok("example" in media || "examples" in media, `${where} has none`);
  for (const { method, path, operation } of operationsOf(await servedDocument())) {
    const at = `${method} ${path}`;
    const request = (operation.requestBody as Json | undefined)?.content as Json | undefined;
    if (request?.["application/json"]) has(request["application/json"] as Json, `${at} request`);
    for (const [status, response] of Object.entries(operation.responses as Json)) {
      for (const [type, media] of Object.entries(((response as Json).content ?? {}) as Json)) {
        // Bytes have no value in JSON.
        if (type !== "application/octet-stream") has(media as Json, `${at} ${status} ${type}`);
      }
    }
    for (const parameter of (operation.parameters ?? []) as Json[]) {
      if (parameter.in === "path") has(parameter, `${at} ${parameter.name}`);
    }
  }
});

Deno.test("every kind of problem has an example under its own status", async () => {
  const document = await servedDocument();
  const { examples, schemas } = document.components as { examples: Json; schemas: Json };
  const values = [
    ...Object.values(examples).map((example) => (example as Json).value),
    (schemas.Problem as Json).example,
  ];
  for (const [name, { status, title }] of Object.entries(PROBLEMS)) {
    const value = values.find((it) => (it as Json).type === problemType(name as keyof typeof PROBLEMS)) as Json;
    assert.equal(value?.status, status, name);
    assert.equal(value?.title, title, name);
  }
  for (const { operation } of operationsOf(document)) {
    for (const [status, response] of Object.entries(operation.responses as Json)) {
      const media = ((response as Json).content as Json | undefined)?.["application/problem+json"] as Json | undefined;
      for (const name of Object.keys((media?.examples ?? {}) as Json)) {
        assert.equal(String(PROBLEMS[name as keyof typeof PROBLEMS].status), status);
      }
    }
  }
});

Deno.test("a stream has an example of each type of frame that it may send", async () => {
  const document = await servedDocument();
  const schemas = (document.components as Json).schemas as Json;
  for (const { path, operation } of operationsOf(document)) {
    const content = ((operation.responses as Json)["200"] as Json | undefined)?.content as Json | undefined;
    const media = content?.["application/x-ndjson"] as Json | undefined;
    if (!media) continue;
    const frame = schemas[String((media.schema as Json).$ref).split("/").at(-1)!] as Json;
    // A file of lines that are all alike.
    if (!isObject(frame.discriminator)) continue;
    const types = Object.keys((frame.discriminator as Json).mapping as Json);
    const shown = Object.keys(media.examples as Json);
    assert.deepEqual(shown.sort(), types.sort(), path);
  }
});
