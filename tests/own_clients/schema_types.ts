/** The parts of JSON Schema that the document's components are made of. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const SIMPLE: Readonly<Record<string, string>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

/**
 * The TypeScript of a schema, all names resolved.
 * @param schemas the document's components
 * @param open names of sets of texts that may grow: any text
 */
export function schemaType(schema: Schema, schemas: Readonly<Record<string, Schema>>, open: readonly string[]): string {
  const typeOf = (part: Schema) => schemaType(part, schemas, open);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1)!;
    return open.includes(name) ? "string" : typeOf(schemas[name]!);
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((part) => `(${typeOf(part)})`).join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((text) => JSON.stringify(text)).join(" | ");
  if (schema.type === "array") return `(${typeOf(schema.items!)})[]`;
  if (schema.type !== "object") return SIMPLE[schema.type!]!;
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) return "Record<string, unknown>";
  const required = schema.required ?? [];
  return `{ ${
    members.map(([name, part]) => `${name}${required.includes(name) ? "" : "?"}: ${typeOf(part)}`).join("; ")
  } }`;
}
