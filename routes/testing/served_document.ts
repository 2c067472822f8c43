import config from "../../deno.json" with { type: "json" };
import { isObject, type Json, type JsonValue } from "../../openapi/json.ts";
import { memoryEngine } from "./memory_engine.ts";
import { testApp } from "./test_app.ts";

/** What answers GET of a document, of a service whose model is not loaded. */
export async function serveDocument(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const versions = { midstream: config.version, deno: "", onnxruntime: "" };
  const { app } = await testApp({ versions, engine: memoryEngine({ state: "starting" }) });
  return await app.request(path, { headers });
}

export const servedDocument = async (path = "/openapi.json") => await (await serveDocument(path)).json() as Json;

/** An operation of a document, with its place in it. */
export interface ListedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

export function operationsOf(document: Json): ListedOperation[] {
  return Object.entries(document.paths as Json).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => ({ method, path, operation: operation as Json }))
  );
}

/** Every object inside, with the JSON pointer to it. Examples are data, and left out. */
export function* nodes(value: JsonValue, path = ""): Generator<[path: string, node: Json]> {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value)) yield [path, value];
  for (const [key, member] of Object.entries(value)) {
    const named = path.endsWith("/properties");
    if (!named && (key === "example" || key === "examples")) continue;
    yield* nodes(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}

/** Names of the components that a value leads to, over every `$ref`. */
export function reachable(document: Json, from: JsonValue, found = new Set<string>()): Set<string> {
  for (const [, { $ref }] of nodes(from)) {
    const name = typeof $ref === "string" ? $ref.split("/").at(-1)! : "";
    if (name === "" || found.has(name)) continue;
    const schema = ((document.components as Json).schemas as Json)[name];
    if (schema === undefined) continue;
    found.add(name);
    reachable(document, schema, found);
  }
  return found;
}
