import { isObject, type JsonValue } from "../../../openapi/json.ts";

/** Values that are likely to mean something to the service, since no pattern tells which ids there are. */
export interface KnownValues {
  /** For a member of this name: what the examples of the operation show. */
  byName(name: string): readonly JsonValue[];
  /** For a text of this pattern: ids of what there is. */
  byPattern(pattern: string): readonly string[];
}

/** Words of HTTP itself, for headers whose schema is any text (RFC 9110). */
export const HEADER_WORDS: Readonly<Record<string, readonly string[]>> = {
  "if-match": ["*"],
  "if-none-match": ["*", '"none"'],
  "range": ["bytes=0-9", "bytes=-5", "bytes=5-", "bytes=9999999999-", "lines=1-2"],
};

/** Scalars of example values by the name of the member that they stand in, items by the name of their array. */
export function namedValues(examples: readonly JsonValue[]): (name: string) => readonly JsonValue[] {
  const found = new Map<string, JsonValue[]>();
  const visit = (value: JsonValue, name: string) => {
    if (Array.isArray(value)) { for (const item of value) visit(item, name); }
    else if (isObject(value)) { for (const [key, inside] of Object.entries(value)) visit(inside, key); }
    else found.set(name, [...found.get(name) ?? [], value]);
  };
  for (const example of examples) visit(example, "");
  return (name) => found.get(name) ?? [];
}
