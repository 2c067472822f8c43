import { isObject, type Json, type JsonValue } from "../../../openapi/json.ts";
import type { ServedDocument } from "../document/served_document.ts";

/** One change of a value that makes it break its schema, at one place. */
export interface Violation {
  /** Where and how, such as `/layers/0: above the maximum`. */
  readonly how: string;
  /** Whether another type stands there; otherwise one keyword is overstepped. */
  readonly ofType: boolean;
  readonly value: () => JsonValue;
}

/** Characters, and items, above which a bound is not overstepped: a body has a bound of its own. */
const MOST_CHARACTERS = 300_000;
const MOST_ITEMS = 2000;

/** A value of each type, to stand where another is wanted. */
const OF_ANOTHER_TYPE: readonly JsonValue[] = ["x", 1.5, true, null, [], {}, [[null]], -1];

/**
 * Every way to spoil a value that its schema accepts, one keyword at one place each. What a change breaks in one branch of
 * a union another may still accept: the caller asks a validator.
 */
export function* violations(document: ServedDocument, schema: Json, value: JsonValue): Generator<Violation> {
  yield* at(schema, value, "", (it) => it);

  function* at(
    node: Json,
    here: JsonValue,
    pointer: string,
    within: (value: JsonValue) => JsonValue,
  ): Generator<Violation> {
    const place = pointer || "/";
    const spoiled = (how: string, make: () => JsonValue, ofType = false): Violation => ({
      how: `${place}: ${how}`,
      ofType,
      value: () => within(make()),
    });
    for (const other of OF_ANOTHER_TYPE) {
      yield spoiled(`${JSON.stringify(other)} in place of what is wanted`, () => other, true);
    }
    for (const schema of branches(node, here)) {
      if (isObject(here)) yield* ofObject(schema, here, spoiled);
      else if (Array.isArray(here)) yield* ofArray(schema, here, spoiled);
      else if (typeof here === "string") yield* ofText(schema, here, spoiled);
      else if (typeof here === "number") yield* ofNumber(schema, spoiled);
      if (isObject(here)) {
        for (const [name, inside] of Object.entries(here)) {
          const own = (schema.properties as Json | undefined)?.[name] ?? schema.additionalProperties;
          if (isObject(own)) yield* at(own, inside, `${pointer}/${name}`, (it) => within({ ...here, [name]: it }));
        }
      }
      if (Array.isArray(here) && isObject(schema.items)) {
        for (const [index, inside] of here.entries()) {
          yield* at(schema.items, inside, `${pointer}/${index}`, (it) => within(here.with(index, it)));
        }
      }
    }
  }

  /** The schemas that speak of a value: of a union those branches that accept it. */
  function branches(node: Json, value: JsonValue): Json[] {
    const schema = document.resolve(node);
    const union = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
    if (!union) return [schema];
    return union.filter((it) => document.faults(it, value).length === 0).flatMap((it) => branches(it, value));
  }
}

type Spoil = (how: string, make: () => JsonValue) => Violation;

function* ofObject(schema: Json, value: Json, spoiled: Spoil): Generator<Violation> {
  for (const name of (schema.required ?? []) as string[]) {
    yield spoiled(`without ${name}`, () => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)));
  }
  if (schema.additionalProperties === false) {
    yield spoiled("with a member that is not known", () => ({ ...value, "not_known": 1 }));
  }
  const { maxProperties } = schema as { maxProperties?: number };
  const [some] = Object.values(value);
  if (maxProperties !== undefined && maxProperties < MOST_ITEMS && some !== undefined) {
    const names = Array.from({ length: maxProperties + 1 }, (_, i) => [`n${i}`, some]);
    yield spoiled("with too many members", () => Object.fromEntries(names));
  }
}

function* ofArray(schema: Json, value: JsonValue[], spoiled: Spoil): Generator<Violation> {
  const { minItems = 0, maxItems = Infinity } = schema as { minItems?: number; maxItems?: number };
  if (minItems > 0) yield spoiled("too few items", () => value.slice(0, minItems - 1));
  if (maxItems <= MOST_ITEMS && value.length > 0) {
    yield spoiled("too many items", () => Array.from({ length: maxItems + 1 }, (_, i) => value[i % value.length]!));
  }
}

function* ofText(schema: Json, value: string, spoiled: Spoil): Generator<Violation> {
  const { minLength = 0, maxLength = Infinity } = schema as { minLength?: number; maxLength?: number };
  if (minLength > 0) yield spoiled("too short", () => value.slice(0, minLength - 1));
  if (maxLength <= MOST_CHARACTERS) yield spoiled("too long", () => value.padEnd(maxLength + 1, "x"));
  if (typeof schema.pattern === "string") {
    for (const wrong of [`${value}!`, `!${value}`, ` ${value}`, value.toUpperCase(), `${value}\n`, ""]) {
      yield spoiled("breaks the pattern", () => wrong);
    }
    yield spoiled("too long for the pattern", () => value.repeat(100));
  }
  if (Array.isArray(schema.enum)) {
    for (const wrong of [`${value}x`, value.toUpperCase(), ""]) yield spoiled("none of the words", () => wrong);
  }
}

function* ofNumber(schema: Json, spoiled: Spoil): Generator<Violation> {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  if (minimum !== undefined) yield spoiled("below the minimum", () => minimum - 1);
  if (maximum !== undefined) yield spoiled("above the maximum", () => maximum + 1);
  if (schema.type === "integer") yield spoiled("a fraction", () => (minimum ?? 0) + 0.5);
  yield spoiled("beyond every range", () => 1e300);
}
