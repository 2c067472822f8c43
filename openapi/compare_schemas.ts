import type { Differences } from "./differences.ts";
import { isObject, type Json, type JsonValue } from "./json.ts";
import type { Resolve } from "./resolver.ts";

/** Who writes the values: a request may be asked for no more than before, an answer may hold nothing unheard of. */
export type Direction = "request" | "answer";

interface Place {
  readonly schema: JsonValue | undefined;
  readonly resolve: Resolve;
}

/** Compares what two schemas take, and tells of it in `found`. A component is looked at once for each place that begins here. */
export function compareSchemas(a: Place, b: Place, direction: Direction, at: string, found: Differences): void {
  const seen = new Set<string>();
  const narrower = (what: string) => found[direction === "request" ? "breaking" : "additions"].push(what);
  const wider = (what: string) => found[direction === "request" ? "additions" : "breaking"].push(what);
  visit(a.schema, b.schema, at);

  function visit(old: JsonValue | undefined, now: JsonValue | undefined, at: string): void {
    if (refOf(old) && refOf(now)) {
      // With what is said beside the references.
      const names = JSON.stringify([old, now]);
      if (seen.has(names)) return;
      seen.add(names);
    }
    const [x, y] = [a.resolve(old), b.resolve(now)];
    types(x, y, at);
    values(x, y, at);
    for (const [keyword, sign] of BOUNDS) bound(x[keyword], y[keyword], sign, `${at} ${keyword}`);
    if (x.pattern !== y.pattern && y.pattern !== undefined) narrower(`${at} pattern is ${y.pattern}`);
    members(x, y, at);
    if (x.items !== undefined && y.items !== undefined) visit(x.items, y.items, `${at}[]`);
    if (isObject(x.additionalProperties) && isObject(y.additionalProperties)) {
      visit(x.additionalProperties, y.additionalProperties, `${at}.*`);
    }
    branches(x, y, at);
  }

  function types(x: Json, y: Json, at: string): void {
    const [old, now] = [typesOf(x), typesOf(y)];
    if (old.size === 0 || now.size === 0) return;
    for (const type of old) if (!takes(now, type)) narrower(`${at} is no longer ${type}`);
    for (const type of now) if (!takes(old, type)) wider(`${at} may now be ${type}`);
  }

  function values(x: Json, y: Json, at: string): void {
    const [old, now] = [valuesOf(x), valuesOf(y)];
    if (!now) return void (old && wider(`${at} may now be any value`));
    if (!old) return void narrower(`${at} is now one of ${now.join(", ")}`);
    // A client's enum breaks in its compiler where a value goes, whoever writes it.
    for (const value of old) if (!now.includes(value)) found.breaking.push(`${at} value ${value} is gone`);
    for (const value of now) if (!old.includes(value)) found.additions.push(`${at} value ${value} is new`);
  }

  function bound(old: JsonValue | undefined, now: JsonValue | undefined, sign: number, at: string): void {
    if (old === now) return;
    const limit = (value: JsonValue | undefined) => typeof value === "number" ? value * sign : Infinity;
    const change = `${at} was ${old ?? "open"}, is ${now ?? "open"}`;
    if (limit(now) < limit(old)) narrower(change);
    else wider(change);
  }

  function members(x: Json, y: Json, at: string): void {
    const [old, now] = [objectOf(x.properties), objectOf(y.properties)];
    const [needed, needs] = [new Set(x.required as string[] ?? []), new Set(y.required as string[] ?? [])];
    for (const [name, schema] of Object.entries(old)) {
      const place = `${at}.${name}`;
      if (now[name] === undefined) {
        found.breaking.push(`${place} is gone`);
        continue;
      }
      if (!needed.has(name) && needs.has(name)) narrower(`${place} must be there`);
      if (needed.has(name) && !needs.has(name)) wider(`${place} may be absent`);
      visit(schema, now[name], place);
    }
    for (const name of Object.keys(now)) {
      if (old[name] !== undefined) continue;
      if (direction === "request" && needs.has(name)) found.breaking.push(`${at}.${name} is new and must be given`);
      else found.additions.push(`${at}.${name} is new`);
    }
    if (x.additionalProperties !== false && y.additionalProperties === false && x.properties) {
      narrower(`${at} is closed`);
    }
  }

  function branches(x: Json, y: Json, at: string): void {
    const [old, now] = [branchesOf(x), branchesOf(y)];
    if (old.size === 0 && now.size === 0) return;
    for (const [key, schema] of old) {
      const next = now.get(key);
      if (next === undefined) narrower(`${at} is no longer ${key}`);
      else visit(schema, next, at);
    }
    for (const key of now.keys()) if (!old.has(key)) wider(`${at} may now be ${key}`);
  }
}

/** Keywords that bound a value, and whether more (1) or less (-1) is wider. */
const BOUNDS = [
  ["maximum", 1],
  ["minimum", -1],
  ["maxLength", 1],
  ["minLength", -1],
  ["maxItems", 1],
  ["minItems", -1],
  ["maxProperties", 1],
  ["minProperties", -1],
] as const;

const refOf = (value: JsonValue | undefined) => isObject(value) && typeof value.$ref === "string" ? value.$ref : "";
const objectOf = (value: JsonValue | undefined) => isObject(value) ? value : {};

function typesOf({ type, nullable }: Json): Set<string> {
  const types = type === undefined ? [] : [type].flat() as string[];
  return new Set(nullable === true ? [...types, "null"] : types);
}

/** Whether types take one more; an integer is a number. */
const takes = (types: Set<string>, type: string) => types.has(type) || (type === "integer" && types.has("number"));

function valuesOf(schema: Json): string[] | undefined {
  if ("const" in schema) return [JSON.stringify(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map((value) => JSON.stringify(value)) : undefined;
}

/** The branches of a union by the component's name or the type. */
function branchesOf(schema: Json): Map<string, JsonValue> {
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].find(Array.isArray) ?? [];
  const keyOf = (branch: JsonValue) =>
    refOf(branch).split("/").at(-1) || (isObject(branch) && branch.type ? String(branch.type) : JSON.stringify(branch));
  return new Map(branches.map((branch) => [keyOf(branch), branch]));
}
