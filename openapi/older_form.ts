import { isObject, type Json, type JsonValue } from "./json.ts";

/** A value of a 3.0 document, mended where the generator writes what older generators read as "anything". */
export function olderForm(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(olderForm);
  if (!isObject(value)) return value;
  // Nothing may stand beside a reference.
  if (typeof value.$ref === "string") return { $ref: value.$ref };
  const members = Object.entries(value).map(([key, inside]) => [key, isData(key) ? inside : olderForm(inside)]);
  return withoutNullBranch(withPlainLinks(Object.fromEntries(members)));
}

/**
 * Only links whose body is a text, if any: swagger-parser, and so openapi-generator, refuses the whole document for a link
 * with a value as its body, though OpenAPI has any value there.
 */
function withPlainLinks({ links, ...rest }: Json): Json {
  if (!isObject(links)) return links === undefined ? rest : { links, ...rest };
  const kept = Object.entries(links).filter(([, link]) => !isObject(link) || !isObject(link.requestBody));
  return kept.length === 0 ? rest : { ...rest, links: Object.fromEntries(kept) };
}

/** Members whose value is an example: data, not a schema. */
const isData = (key: string) => key === "example" || key === "examples";

/** In 3.0 null is no type: `nullable` stands on the schema that has one. */
function withoutNullBranch(schema: Json): Json {
  if (isNull(schema.additionalProperties)) return { ...schema, additionalProperties: true };
  const { oneOf, ...rest } = schema;
  if (!Array.isArray(oneOf) || !oneOf.some(isNull)) return schema;
  const branches = oneOf.filter((branch): branch is Json => isObject(branch) && !isNull(branch));
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) {
    return "$ref" in only ? { oneOf: [only, NULL], ...rest } : { ...only, nullable: true, ...rest };
  }
  // Of one branch alone, or null were of two.
  const first = branches.findIndex((branch) => "type" in branch);
  return { oneOf: branches.map((branch, at) => at === first ? { ...branch, nullable: true } : branch), ...rest };
}

/** What 3.0 has in place of the type null. */
const NULL: Json = { type: "string", nullable: true, enum: [null] };

const isNull = (schema: JsonValue | undefined) =>
  isObject(schema) && schema.nullable === true && Object.keys(schema).length === 1;
