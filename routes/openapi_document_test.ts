import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

/** An object of the document; a member that is no object is compared as a value. */
interface Json {
  [member: string]: Json;
}

async function served() {
  const versions = { midstream: config.version, deno: "", onnxruntime: "" };
  const { app } = await testApp({ versions, engine: memoryEngine({ state: "starting" }) });
  return await app.request("/openapi.json");
}

const document = async () => await (await served()).json() as Json;

/** Every object inside, with the path to it. */
function* nodes(value: unknown, path = ""): Generator<[path: string, node: Json]> {
  if (typeof value !== "object" || value === null) return;
  yield [path, value as Json];
  for (const [key, member] of Object.entries(value)) yield* nodes(member, `${path}/${key}`);
}

Deno.test("GET /openapi.json is the frozen document: run `deno task openapi` and review the difference", async () => {
  const frozen = await Deno.readTextFile(new URL("../openapi/openapi.json", import.meta.url));
  const response = await served();
  assert.equal(await response.text(), frozen);
  assert.match(response.headers.get("ETag")!, /^"[0-9a-f]{64}"$/);
});

Deno.test("every operation has its own id, and problem+json for every refusal", async () => {
  const { paths } = await document();
  const operations = Object.values(paths!).flatMap((path) => Object.values(path));
  assert.equal(operations.length, 20);
  assert.equal(new Set(operations.map((it) => it.operationId)).size, operations.length);
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses!)) {
      assert.ok(response.headers!["X-Request-Id"], status);
      if (Number(status) < 400) continue;
      const content = response.content!["application/problem+json"]!;
      assert.deepEqual(content.schema, { $ref: "#/components/schemas/Problem" });
      if (status === "429" || status === "503") assert.ok(response.headers!["Retry-After"]);
    }
  }
});

Deno.test("objects and enums are named components with a description", async () => {
  const whole = await document();
  for (const [name, schema] of Object.entries(whole.components!.schemas!)) assert.ok(schema.description, name);
  for (const [path, node] of nodes(whole)) {
    const inside = /^\/components\/schemas\/\w+\/.*(properties|items|anyOf|oneOf)\/[^/]+$/.test(path) ||
      /\/content\/[^/]+\/schema$/.test(path);
    if (!inside || path.includes("/example")) continue;
    const type: unknown = node.type;
    assert.ok(type !== "object", `${path} is an object without a name`);
    assert.ok(!("enum" in node) || /Frame\/properties\/type$/.test(path), `${path} is an enum without a name`);
  }
});

Deno.test("the document has nothing that generators stumble over", async () => {
  const whole = await document();
  for (const [path, node] of nodes(whole)) {
    if (path.endsWith("/properties")) continue;
    // allOf of closed objects can be satisfied by nothing; a default or nullable leaks into the component it stands on.
    for (const trap of ["allOf", "default", "nullable"]) assert.ok(!(trap in node), `${path} has ${trap}`);
  }
  const { ProbeRequest, Readout, ProbeFrame } = whole.components!.schemas!;
  assert.deepEqual(ProbeRequest!.additionalProperties, false);
  assert.ok(!("additionalProperties" in Readout!), "members may be added to answers");
  assert.ok(ProbeFrame!.discriminator!.mapping!.readout);
});
