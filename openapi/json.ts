/** A JSON value whose members are looked at. */
export type JsonValue = null | boolean | number | string | JsonValue[] | Json;

/** A JSON object, such as an OpenAPI document. */
export interface Json {
  [member: string]: JsonValue;
}

/** Whether a value is an object. */
export function isObject(value: JsonValue | undefined): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws {Error} where a member on the way is no object */
export function member(value: Json, ...path: string[]): Json {
  let at = value;
  for (const step of path) {
    const next = at[step];
    if (!isObject(next)) throw new Error(`${path.join("/")} is no object`);
    at = next;
  }
  return at;
}
