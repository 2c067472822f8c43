import fc from "fast-check";
import type { JsonValue } from "../../../openapi/json.ts";
import type { Operation, Parameter, RequestBody } from "../document/operation.ts";
import type { ServedDocument } from "../document/served_document.ts";
import type { Resources } from "../resources.ts";
import { HEADER_WORDS, namedValues } from "./known_values.ts";
import { type Generation, valuesNear, valuesOf } from "./schema_arbitrary.ts";

/** A value for each parameter of a place that is given one. */
export type Values = Readonly<Record<string, JsonValue>>;

/** A request before it is written down: what stands where, as values. */
export interface PlannedRequest {
  /** Whether the path leads to a thing that is made for this request, in place of the id in `path`. */
  readonly onFresh: boolean;
  readonly path: Values;
  readonly query: Values;
  readonly headers: Values;
  readonly accept: string | undefined;
  readonly body?: PlannedBody;
}

export type PlannedBody =
  | { readonly mediaType: string; readonly json: JsonValue }
  | { readonly mediaType: string; readonly bytes: Uint8Array<ArrayBuffer> };

export interface RequestGeneration {
  readonly document: ServedDocument;
  readonly resources: Resources;
  /** Whether optional parameters may be given. */
  readonly optional: boolean;
}

/** Of ten requests to a thing that can be changed, those to one made for it. */
const ON_FRESH = 9;
/** Of ten requests that only read a thing, those to one made for it, where there are others. */
const READ_FRESH = 3;
/** Of ten bodies of bytes, those that are a real file. */
const REAL_FILES = 9;

const encoder = new TextEncoder();

/** Characters that a header may have everywhere in its value (RFC 9110, 5.5). */
const HEADER_CHARACTERS = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));

/** Requests of an operation that its description in the document accepts. */
export function requestsOf(operation: Operation, given: RequestGeneration): fc.Arbitrary<PlannedRequest> {
  const { document, resources } = given;
  const kind = resources.kindOf(operation);
  const namesNothing = kind?.create === operation && operation.path !== kind.path;
  const isThere = kind !== undefined && resources.idsOf(kind).length > 0;
  const ofTen = namesNothing ? 10 : operation.method === "GET" && isThere ? READ_FRESH : ON_FRESH;
  const onFresh = kind
    ? fc.integer({ min: 1, max: 10 }).map((it) => it <= ofTen || (!given.optional && operation.method !== "GET"))
    : fc.constant(false);
  const known = {
    byName: namedValues(operation.bodies.flatMap(({ examples }) => examples)),
    byPattern: (pattern: string) => resources.byPattern(pattern),
  };
  const bodies = operation.bodies.map((body) => bodyOf(body, { document, known }, given));
  const types = [...operation.responses].filter(([status]) => /^2/.test(status)).flatMap((
    [, { content }],
  ) => [...content.keys()]);
  const at = (place: Parameter["in"]) => valuesAt(operation.parameters.filter((it) => it.in === place), given, known);
  return fc.record({
    onFresh,
    path: at("path"),
    query: at("query"),
    headers: at("header"),
    // A wrong request gets the first form: another may tell of a refused item without its status.
    accept: given.optional ? fc.constantFrom(undefined, "*/*", ...new Set(types)) : fc.constant(undefined),
    ...(bodies.length > 0 ? { body: fc.oneof(...bodies) } : {}),
  }, { noNullPrototype: true });
}

function valuesAt(
  parameters: readonly Parameter[],
  { document, optional }: RequestGeneration,
  known: Generation["known"],
): fc.Arbitrary<Values> {
  const optionals = parameters.filter(({ required }) => !required).length;
  const entries = parameters.filter(({ required }) => required || optional).map((parameter) => {
    const { name, schema, examples, required } = parameter;
    const place = parameter.in;
    const generation: Generation = {
      document,
      known: { ...known, byName: () => [...examples, ...HEADER_WORDS[name.toLowerCase()] ?? []] },
      ...(place === "header" ? { characters: HEADER_CHARACTERS } : {}),
    };
    const made = valuesOf(schema, generation, name);
    // An empty step of a path, or one of dots, is another path.
    const value = place === "path" ? made.filter((it) => !["", ".", ".."].includes(String(it))) : made;
    // The more there are, the likelier one of them refuses the whole.
    const seldom = fc.oneof(
      { withCrossShrink: true },
      { weight: 5 * optionals, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: value },
    );
    return [name, required ? value : seldom] as const;
  });
  return fc.record(Object.fromEntries(entries), { noNullPrototype: true }).map((values) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values
  );
}

function bodyOf(
  { mediaType, schema, examples }: RequestBody,
  generation: Generation,
  { resources, optional }: RequestGeneration,
): fc.Arbitrary<PlannedBody> {
  if (mediaType === "application/json") {
    return valuesNear(schema, examples, generation).map((json) => ({ mediaType, json }));
  }
  if (mediaType === "application/x-ndjson") {
    return fc.array(valuesNear(schema, examples, generation), { minLength: 1, maxLength: 3 }).map((lines) => ({
      mediaType,
      bytes: encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
    }));
  }
  const files = resources.files(mediaType);
  const random = fc.uint8Array({ maxLength: 200 });
  const weighted = files.length === 0
    ? [{ weight: 1, arbitrary: random }]
    : [{ weight: REAL_FILES, arbitrary: fc.constantFrom(...files) }, {
      weight: optional ? 10 - REAL_FILES : 0,
      arbitrary: random,
    }];
  const bytes = fc.oneof(...weighted);
  return bytes.map((it) => ({ mediaType, bytes: it as Uint8Array<ArrayBuffer> }));
}
