import { isObject, type Json, type JsonValue, member } from "./json.ts";

/** Follows `$ref` within a document. */
export type Resolve = (value: JsonValue | undefined) => Json;

/** A function that gives what a value of the document stands for; of what is no object, an empty one. */
export function resolver(document: Json): Resolve {
  return function resolve(value): Json {
    if (!isObject(value)) return {};
    const { $ref } = value;
    return typeof $ref === "string" ? resolve(member(document, ...$ref.slice(2).split("/").map(unescape))) : value;
  };
}

const unescape = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");
