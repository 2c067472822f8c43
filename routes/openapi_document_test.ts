import assert from "node:assert/strict";
import { compare, told } from "../openapi/compare.ts";
import type { Json } from "../openapi/json.ts";
import { type ProblemName, PROBLEMS, problemType } from "../openapi/problem.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { nodes, operationsOf, servedDocument, serveDocument } from "./testing/served_document.ts";
import { testApp } from "./testing/test_app.ts";

for (const name of ["openapi.json", "openapi-3.0.json"]) {
  Deno.test(`GET /${name} is the frozen document: run \`deno task openapi\` and review the difference`, async () => {
    const frozen = await Deno.readTextFile(new URL(`../openapi/${name}`, import.meta.url));
    const text = await (await serveDocument(`/${name}`)).text();
    // Not assert.equal: its difference of two long texts says less than what changed for a client.
    if (text !== frozen) {
      assert.fail(`${name} differs. ${told(compare(JSON.parse(frozen) as Json, JSON.parse(text) as Json))}`);
    }
  });

  Deno.test(`GET /${name} has an ETag, and is not sent again to whom has it`, async () => {
    const etag = (await serveDocument(`/${name}`)).headers.get("ETag")!;
    assert.match(etag, /^"[0-9a-f]{64}"$/);
    const again = await serveDocument(`/${name}`, { "If-None-Match": etag });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    assert.equal((await serveDocument(`/${name}`, { "If-None-Match": '"other"' })).status, 200);
  });
}

Deno.test("every operation has its own id, and problem+json with examples for every refusal", async () => {
  const operations = operationsOf(await servedDocument());
  assert.ok(operations.length >= 21);
  assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  for (const { path, operation } of operations) {
    for (const [status, response] of Object.entries(operation.responses as Record<string, Json>)) {
      const headers = response.headers as Json;
      for (const name of ["X-Request-Id", "Cache-Control", "X-Content-Type-Options"]) {
        assert.deepEqual(headers[name], { $ref: `#/components/headers/${name}` }, `${path} ${status}`);
      }
      if (Number(status) < 400) continue;
      const media = (response.content as Json)["application/problem+json"] as Json;
      const { $ref, properties } = media.schema as Json;
      assert.equal($ref, "#/components/schemas/Problem");
      const names = Object.keys(media.examples as Json) as ProblemName[];
      assert.deepEqual(((properties as Json).type as Json).enum, names.map(problemType), `${path} ${status}`);
      for (const name of names) {
        assert.equal(PROBLEMS[name].status, Number(status));
        assert.ok(String(response.description).includes(`\`${name}\``), `${path} ${status} ${name}`);
      }
      if (status === "429" || status === "503") assert.ok(headers["Retry-After"]);
    }
  }
});

Deno.test("an operation whose answers have an ETag takes If-None-Match or If-Match", async () => {
  for (const { method, path, operation } of operationsOf(await servedDocument())) {
    const responses = Object.values(operation.responses as Record<string, Json>);
    if (!responses.some(({ headers }) => "ETag" in (headers as Json))) continue;
    const names = ((operation.parameters ?? []) as Json[]).map(({ name }) => name);
    assert.ok(names.includes("If-None-Match"), `${method} ${path}`);
  }
});

Deno.test("objects and enums are named components with a description", async () => {
  const whole = await servedDocument();
  const { schemas, headers } = whole.components as Record<string, Record<string, Json>>;
  for (const [name, it] of Object.entries({ ...schemas, ...headers })) assert.ok(it.description, name);
  for (const [path, node] of nodes(whole)) {
    const inside = /^\/components\/schemas\/\w+\/.*(properties|items|anyOf|oneOf)\/[^/]+$/.test(path) ||
      /\/content\/[^/]+\/schema$/.test(path);
    if (!inside) continue;
    assert.ok(node.type !== "object", `${path} is an object without a name`);
    assert.ok(!("enum" in node) || /Frame\/properties\/type$/.test(path), `${path} is an enum without a name`);
  }
});

Deno.test("every tag, parameter, member and operation is described", async () => {
  const whole = await servedDocument();
  const tags = whole.tags as Json[];
  for (const { description, name } of tags) assert.ok(description, String(name));
  for (const { method, path, operation } of operationsOf(whole)) {
    assert.ok(operation.summary && operation.description, `${method} ${path}`);
    assert.ok((operation.tags as string[]).every((tag) => tags.some(({ name }) => name === tag)));
  }
  for (const [path, node] of nodes(whole)) {
    if (!/^\/components\/schemas\/\w+\/properties\/[^/]+$/.test(path) || /Frame\/properties\/type$/.test(path)) {
      continue;
    }
    assert.ok(node.description || "$ref" in node, `${path} is not described`);
  }
  for (const { operation } of operationsOf(whole)) {
    for (const parameter of (operation.parameters ?? []) as Json[]) {
      const { description, $ref } = parameter.schema as Json;
      assert.ok(parameter.description ?? description ?? $ref, `${parameter.name} is not described`);
    }
  }
  const { license, description } = whole.info as Json;
  assert.deepEqual(license, { name: "MIT", identifier: "MIT" });
  assert.match(String(description), /nats/);
  assert.equal((whole.servers as Json[]).length, 1);
});

const OPENAPI_3_0_NEVER = ["const", "prefixItems", "propertyNames", "$defs", "unevaluatedProperties"];

Deno.test("the 3.0 twin has the same operations, statuses and components, in the words of 3.0", async () => {
  const [whole, twin] = [await servedDocument(), await servedDocument("/openapi-3.0.json")];
  assert.equal(whole.openapi, "3.1.0");
  assert.equal(twin.openapi, "3.0.3");
  const shape = (document: Json) =>
    operationsOf(document).map(({ method, path, operation: { operationId, responses, parameters, requestBody } }) => [
      method,
      path,
      operationId,
      Object.entries(responses as Record<string, Json>).map(([status, { content, headers }]) => [
        status,
        Object.keys((content ?? {}) as Json),
        headers,
      ]),
      ((parameters ?? []) as Json[]).map(({ name, in: place, required }) => [name, place, required]),
      requestBody,
    ]);
  assert.deepEqual(shape(twin), shape(whole));
  const names = ({ components }: Json) =>
    Object.entries(components as Record<string, Json>).map(([kind, all]) => [kind, Object.keys(all)]);
  assert.deepEqual(names(twin), names(whole));
  for (const [path, node] of nodes(twin)) {
    if (path.endsWith("/properties")) continue;
    for (const word of OPENAPI_3_0_NEVER) assert.ok(!(word in node), `${path} has ${word}`);
    assert.ok(!Array.isArray(node.type), `${path} has several types`);
    assert.ok(!("nullable" in node) || "type" in node, `${path} is nullable without a type, which means anything`);
    assert.ok(!("$ref" in node) || Object.keys(node).length === 1, `${path}: beside $ref nothing counts in 3.0`);
  }
});

Deno.test("?bounds=loaded narrows the document to the loaded model", async () => {
  const { app, parts } = await testApp({ settings: { maxTokens: 12 } });
  const { layers, vocabulary } = await parts.engine.loaded;
  const narrowed = await (await app.request("/openapi.json?bounds=loaded")).json() as Json;
  const { schemas } = narrowed.components as Record<string, Record<string, Json>>;
  assert.deepEqual([schemas!.LayerIndex!.minimum, schemas!.LayerIndex!.maximum], [-layers, layers - 1]);
  assert.deepEqual([schemas!.PositionIndex!.minimum, schemas!.PositionIndex!.maximum], [-12, 11]);
  assert.equal(schemas!.TokenId!.maximum, vocabulary - 1);
  assert.equal(schemas!.TokenPrompt!.maxItems, 12);
  const generic = await servedDocument();
  const only = compare(generic, { ...narrowed, info: generic.info! });
  assert.ok(only.breaking.length > 0, "it is narrower");
  assert.ok(only.breaking.every((line) => / (minimum|maximum|maxItems|maxLength) was /.test(line)), told(only));
});

Deno.test("?bounds=loaded of a service with keys says that a key is needed", async () => {
  const gate = { keyring: { authenticate: () => null }, attempts: { add: () => 0 } };
  const securities = async (parts: Parameters<typeof testApp>[0], path: string) => {
    const { app } = await testApp(parts);
    const { paths } = await (await app.request(path)).json() as Json;
    const operations = Object.values(paths as Json).flatMap((it) => Object.values(it as Json) as Json[]);
    return new Set(operations.map(({ security }) => JSON.stringify(security ?? null)));
  };
  const either = new Set(["null", '[{},{"key":[]}]']);
  assert.deepEqual(await securities({ gate }, "/openapi.json?bounds=loaded"), new Set(["null", '[{"key":[]}]']));
  assert.deepEqual(await securities({ gate }, "/openapi.json"), either);
  assert.deepEqual(await securities({}, "/openapi.json?bounds=loaded"), either);
});

Deno.test("?bounds takes nothing but the loaded model, and waits for it", async () => {
  const { app } = await testApp();
  assert.equal((await app.request("/openapi.json?bounds=all")).status, 422);
  assert.equal((await app.request("/openapi.json?more=1")).status, 422);
  const starting = await testApp({ engine: memoryEngine({ state: "starting" }) });
  const response = await starting.app.request("/openapi.json?bounds=loaded");
  assert.equal(response.status, 503);
  assert.ok(response.headers.get("Retry-After"));
});
