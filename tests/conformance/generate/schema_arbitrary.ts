import fc from "fast-check";
import { isObject, type Json, type JsonValue } from "../../../openapi/json.ts";
import type { ServedDocument } from "../document/served_document.ts";
import type { KnownValues } from "./known_values.ts";

/** Schemas within schemas before only what is required is made: a schema may hold itself. */
const DEEP = 6;
/** Items beyond the fewest that an array has mostly. */
const MORE_ITEMS = 3;
/** Numbers of a range that are all likely to mean something. */
const SMALL = 100;
/** Longest text that is made to reach a bound. */
const LONG = 2000;
/** Members of an example are left as they are this many times for two that are made anew. */
const OF_AN_EXAMPLE = 24;
/** Keywords of a schema that values are made by, and those that say nothing of values. */
const UNDERSTOOD = new Set([
  ...["type", "const", "enum", "anyOf", "oneOf", "pattern", "minLength", "maxLength", "minimum", "maximum"],
  ...["items", "minItems", "maxItems", "properties", "required", "additionalProperties", "maxProperties"],
  ...["title", "description", "example", "examples", "default", "discriminator", "deprecated"],
]);
const ABSENT = Symbol("absent");

export interface Generation {
  readonly document: ServedDocument;
  readonly known: KnownValues;
  /** Characters of texts that no pattern binds. Default any that UTF-8 can carry. */
  readonly characters?: fc.Arbitrary<string>;
}

/**
 * Values that a schema accepts.
 * @param name of the member they are for
 * @throws where a keyword is met that is not understood: better than values that it would refuse
 */
export function valuesOf(
  schema: Json,
  generation: Generation,
  name = "",
  depth = 0,
): fc.Arbitrary<JsonValue> {
  const at = generation.document.resolve(schema);
  const strange = Object.keys(at).filter((keyword) => !UNDERSTOOD.has(keyword));
  if (strange.length > 0) throw new Error(`no values can be made by the keywords ${strange.join(", ")} of ${name}`);
  if (at.const !== undefined) return fc.constant(at.const);
  if (Array.isArray(at.enum)) return fc.constantFrom(...at.enum);
  const branches = (at.anyOf ?? at.oneOf) as Json[] | undefined;
  if (branches) return fc.oneof(...branches.map((branch) => valuesOf(branch, generation, name, depth)));
  if (Array.isArray(at.type)) {
    return fc.oneof(...at.type.map((type) => valuesOf({ ...at, type }, generation, name, depth)));
  }
  switch (at.type) {
    case "string":
      return texts(at, generation, name);
    case "integer":
    case "number":
      return numbers(at, generation, name);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return arrays(at, generation, name, depth);
    case "object":
      return objects(at, generation, depth);
    case undefined:
      return anyJson;
  }
  throw new Error(`no values can be made of the type ${JSON.stringify(at.type)} of ${name}`);
}

const anyJson = fc.jsonValue({ maxDepth: 2, stringUnit: "grapheme" }) as fc.Arbitrary<JsonValue>;

function texts(schema: Json, { known, characters }: Generation, name: string): fc.Arbitrary<JsonValue> {
  const { pattern, minLength = 0, maxLength = Infinity } = schema as Json & { minLength?: number; maxLength?: number };
  if (typeof pattern === "string") {
    const any = fc.stringMatching(new RegExp(pattern, "u"));
    const ids = known.byPattern(pattern);
    return ids.length === 0 ? any : fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...ids) },
      { weight: 1, arbitrary: any },
    );
  }
  const unit = characters ?? fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x20, max: 0x10ffff }).map(scalar) },
  );
  const length = (min: number, max: number) => fc.array(unit, { minLength: min, maxLength: max, size: "max" });
  const short = length(minLength, Math.min(maxLength, minLength + 12)).map((it) => it.join(""));
  const shown = known.byName(name).filter((it) => typeof it === "string");
  // A text as long as it may be, of characters that are not all one UTF-16 unit.
  const bound = maxLength <= LONG ? unit.map((it) => it.repeat(maxLength)) : short;
  return fc.oneof(
    { weight: 8, arbitrary: shown.length > 0 ? fc.constantFrom(...shown) : short },
    { weight: 8, arbitrary: short },
    { weight: 1, arbitrary: bound },
  );
}

/** A character of that number; surrogates are none. */
const scalar = (code: number) => String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? code - 0x800 : code);

function numbers(schema: Json, { known }: Generation, name: string): fc.Arbitrary<JsonValue> {
  const { minimum = -(2 ** 31), maximum = 2 ** 31 - 1 } = schema as { minimum?: number; maximum?: number };
  const whole = schema.type === "integer";
  const any = whole
    ? fc.integer({ min: minimum, max: maximum })
    : fc.double({ min: minimum, max: maximum, noNaN: true });
  const within = (value: JsonValue) => typeof value === "number" && value >= minimum && value <= maximum;
  // Near zero is where indices and counts mean something.
  const near = [0, -1, 1, 2].filter(within);
  const shown = known.byName(name).filter(within);
  return fc.oneof(
    { weight: 12, arbitrary: near.length + shown.length > 0 ? fc.constantFrom(...near, ...shown) : any },
    { weight: maximum - minimum <= SMALL ? 12 : 2, arbitrary: any },
    { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) },
  );
}

function arrays(schema: Json, generation: Generation, name: string, depth: number): fc.Arbitrary<JsonValue> {
  const { items = {}, minItems = 0, maxItems = Infinity } = schema as Json & { minItems?: number; maxItems?: number };
  const most = Math.min(maxItems, depth > DEEP ? minItems : minItems + MORE_ITEMS);
  return fc.array(valuesOf(items as Json, generation, name, depth + 1), {
    minLength: minItems,
    maxLength: most,
    size: "max",
  });
}

function objects(schema: Json, generation: Generation, depth: number, absent?: number): fc.Arbitrary<JsonValue> {
  const { properties = {}, required = [], additionalProperties = true, maxProperties = Infinity } = schema as
    & { properties?: Json; required?: string[]; additionalProperties?: boolean | Json; maxProperties?: number }
    & Json;
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const members = Object.fromEntries(
    Object.entries(properties).flatMap(([name, inside]) => {
      const needed = required.includes(name);
      if (!needed && depth > DEEP) return [];
      const value = valuesOf(inside as Json, generation, name, depth + 1);
      return [[name, needed ? value : seldom(value, optional.length, absent)]];
    }),
  ) as Record<string, fc.Arbitrary<JsonValue | typeof ABSENT>>;
  const own = fc.record(members, { noNullPrototype: true }).map((it) =>
    Object.fromEntries(Object.entries(it).filter(([, value]) => value !== ABSENT)) as Json
  );
  if (additionalProperties === false) return own;
  const inside = isObject(additionalProperties) ? valuesOf(additionalProperties, generation, "", depth + 1) : anyJson;
  const names = fc.string({ unit: "grapheme-ascii", maxLength: 8 }).filter((name) =>
    !(name in properties) && name !== "__proto__"
  );
  const more = fc.dictionary(names, inside, {
    maxKeys: Math.min(3, maxProperties - Object.keys(properties).length),
    noNullPrototype: true,
  });
  return fc.tuple(own, more).map(([one, other]) => ({ ...other, ...one }));
}

/** Two or three of many optional members: the more there are, the likelier one of them refuses the whole. */
function seldom(value: fc.Arbitrary<JsonValue>, among: number, most = 3): fc.Arbitrary<JsonValue | typeof ABSENT> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: Math.max(most, among - 2), arbitrary: fc.constant<typeof ABSENT>(ABSENT) },
    { weight: 2, arbitrary: value },
  );
}

/** Values that a schema accepts, most of them an example of the document with some of its members made anew. */
export function valuesNear(
  schema: Json,
  examples: readonly JsonValue[],
  generation: Generation,
): fc.Arbitrary<JsonValue> {
  const any = valuesOf(schema, generation);
  // The document narrowed to another model than the examples' may not accept them all.
  const { document } = generation;
  const objects = examples.filter(isObject).filter((it) => document.faults(schema, it).length === 0);
  if (objects.length === 0) return any;
  const near = fc.tuple(fc.constantFrom(...objects), optionalMembers(schema, generation)).map(([example, more]) => ({
    ...example,
    ...more,
  }));
  return fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: any });
}

/** Some of the members of an object, required or not. */
function optionalMembers(schema: Json, generation: Generation): fc.Arbitrary<Json> {
  const at = generation.document.resolve(schema);
  return objects({ ...at, required: [], additionalProperties: false }, generation, 0, OF_AN_EXAMPLE) as fc.Arbitrary<
    Json
  >;
}
