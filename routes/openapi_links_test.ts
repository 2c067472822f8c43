import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { isObject, type Json, type JsonValue } from "../openapi/json.ts";
import { type ListedOperation, operationsOf, servedDocument } from "./testing/served_document.ts";

interface ListedLink {
  readonly at: string;
  readonly link: Json;
  /** The answer that the link is of, as one example has it. */
  readonly answer: JsonValue | undefined;
  readonly request: JsonValue | undefined;
}

function linksOf(operations: readonly ListedOperation[]): ListedLink[] {
  const json = (value: Json | undefined) => ((value?.content as Json | undefined)?.["application/json"] ?? {}) as Json;
  return operations.flatMap(({ method, path, operation }) =>
    Object.entries(operation.responses as Record<string, Json>).flatMap(([status, response]) =>
      Object.entries((response.links ?? {}) as Record<string, Json>).map(([name, link]) => ({
        at: `${method} ${path} ${status} ${name}`,
        link,
        answer: json(response).example,
        request: json(operation.requestBody as Json).example,
      }))
    )
  );
}

/** A value with its expressions worked out. */
function evaluated(value: JsonValue, from: Pick<ListedLink, "answer" | "request">): JsonValue {
  if (Array.isArray(value)) return value.map((each) => evaluated(each, from));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, evaluated(it, from)]));
  const [, source, pointer = ""] = /^\$(response|request)\.body(?:#(.*))?$/.exec(String(value)) ?? [];
  if (source === undefined) return value;
  const whole = source === "response" ? from.answer : from.request;
  return pointer.split("/").slice(1).reduce<JsonValue>((at, step) => (at as Json)[step]!, whole!);
}

Deno.test("every link leads to an operation, with the parameters and the body that it takes", async () => {
  const document = await servedDocument();
  const operations = operationsOf(document);
  const ajv = new Ajv2020({ strict: false, formats: { "date-time": true, binary: true } });
  ajv.addSchema(document, "document");
  const links = linksOf(operations);
  assert.ok(links.length > 20);
  for (const { at, link, ...from } of links) {
    const target = operations.find(({ operation }) => operation.operationId === link.operationId);
    assert.ok(target, at);
    const parameters = ((target.operation.parameters ?? []) as Json[]).filter(({ in: place }) => place === "path");
    assert.deepEqual(Object.keys((link.parameters ?? {}) as Json), parameters.map(({ name }) => name), at);
    if (link.requestBody === undefined) continue;
    const { schema } = ((target.operation.requestBody as Json).content as Json)["application/json"] as Json;
    const check = ajv.compile({ $ref: `document${(schema as Json).$ref}` });
    assert.ok(check(evaluated(link.requestBody, from)), `${at}: ${JSON.stringify(check.errors)}`);
  }
});

Deno.test("the document of an older version has links without a made body, which its readers refuse", async () => {
  for (const { at, link } of linksOf(operationsOf(await servedDocument("/openapi-3.0.json")))) {
    assert.ok(!isObject(link.requestBody), at);
  }
});

Deno.test("a lens can be followed from its upload over what is read through it to its end", async () => {
  const links = linksOf(operationsOf(await servedDocument()));
  const from = (at: string) => links.filter((it) => it.at.startsWith(at)).map(({ link }) => link.operationId);
  assert.deepEqual(from("put /lenses/{lens_id} 201").sort(), [
    "createProbe",
    "createProbeBatch",
    "deleteLens",
    "getLens",
    "getLensWeights",
    "streamProbe",
    "updateLens",
  ]);
  assert.deepEqual(from("delete /lenses/{lens_id} 204"), ["getLens"]);
  assert.ok(from("post /tokenize 200").includes("detokenizeIds"));
});

Deno.test("a job can be followed from its making over its events and results to its end", async () => {
  const links = linksOf(operationsOf(await servedDocument()));
  const from = (at: string) => links.filter((it) => it.at.startsWith(at)).map(({ link }) => link.operationId);
  const next = ["deleteJob", "getJob", "getJobResult", "streamJobEvents", "updateJob"];
  for (const at of ["post /jobs 202", "get /jobs/{job_id} 200", "patch /jobs/{job_id} 200"]) {
    assert.deepEqual(from(at).sort(), next, at);
  }
  assert.deepEqual(from("delete /jobs/{job_id} 202").sort(), ["deleteJob", "getJobResult"]);
  assert.deepEqual(from("delete /jobs/{job_id} 204"), ["getJob"]);
});
