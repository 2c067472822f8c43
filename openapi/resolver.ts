import { isObject, type Json, type JsonValue, member } from "./json.ts";

/** Follows `$ref` within a document. */
export type Resolve = (value: JsonValue | undefined) => Json;

/** A function that gives what a value of the document stands for; of what is no object, an empty one. A member said beside a reference counts before the target's own. */
export function resolver(document: Json): Resolve {
  return function resolve(value): Json {
    if (!isObject(value)) return {};
    const { $ref, ...beside } = value;
    if (typeof $ref !== "string") return value;
    const target = resolve(member(document, ...$ref.slice(2).split("/").map(unescape)));
    return isObject(beside.properties) ? withMembers(target, beside.properties) : target;
  };
}

/** An object some of whose members are said more exactly beside the reference to it. */
function withMembers(schema: Json, members: Json): Json {
  const { properties } = schema;
  return { ...schema, properties: { ...(isObject(properties) ? properties : {}), ...members } };
}

const unescape = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");
