import { isObject, type Json, type JsonValue } from "./json.ts";

/** A value of a 3.0 document, mended where the generator writes what older generators read as "anything". */
export function olderForm(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(olderForm);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, inside]) => [key, isData(key) ? inside : olderForm(inside)]);
  return withoutNullBranch(Object.fromEntries(members));
}

/** Members whose value is an example: data, not a schema. */
const isData = (key: string) => key === "example" || key === "examples";

/** In 3.0 null is no type: `nullable` stands on the schema that has one. */
function withoutNullBranch(schema: Json): Json {
  if (isNull(schema.additionalProperties)) return { ...schema, additionalProperties: true };
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || !anyOf.some(isNull)) return schema;
  const branches = anyOf.filter((branch): branch is Json => isObject(branch) && !isNull(branch));
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) {
    return "$ref" in only ? { anyOf: [only, NULL], ...rest } : { ...only, nullable: true, ...rest };
  }
  return { anyOf: branches.map((branch) => "type" in branch ? { ...branch, nullable: true } : branch), ...rest };
}

/** What 3.0 has in place of the type null. */
const NULL: Json = { type: "string", nullable: true, enum: [null] };

const isNull = (schema: JsonValue | undefined) =>
  isObject(schema) && schema.nullable === true && Object.keys(schema).length === 1;
