import fc from "fast-check";
import type { JsonValue } from "../../../openapi/json.ts";
import type { OperationRequest } from "../client.ts";
import type { Operation, Parameter } from "../document/operation.ts";
import type { ServedDocument } from "../document/served_document.ts";
import { type PlannedRequest, type RequestGeneration, requestsOf } from "./request_arbitrary.ts";
import { bytesOf } from "./write_request.ts";
import { violations } from "./violations.ts";

/** One thing that is made wrong about a request that was right. */
export interface Spoiling {
  readonly how: string;
  /** What may answer it. */
  readonly statuses: readonly number[];
  readonly apply: (request: OperationRequest) => OperationRequest;
}

/** A request with one thing wrong. */
export interface SpoiledRequest {
  readonly planned: PlannedRequest;
  readonly spoiling: Spoiling;
}

const WRONG_TYPES = ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json", "application/jsonp"];
/** Names of a member and of a parameter that no operation has. */
const UNKNOWN = "not_known";
/** What refuses a query: 404 where the path leads to a thing that has nothing of that kind. */
const OF_A_QUERY = [404, 422];
const MALFORMED = [
  ["cut off", (text: string) => text.slice(0, -1)],
  ["with more behind it", (text: string) => `${text}{}`],
  ["in single quotes", (text: string) => `{'a':1}${text}`],
  ["not JSON at all", () => "hello"],
  ["empty", () => ""],
  ["with a number that JSON has not", () => '{"prompt":NaN}'],
] as const;

/** Requests of an operation that break its description in one place; undefined where nothing of it can be broken. */
export function spoiledRequestsOf(
  operation: Operation,
  given: Omit<RequestGeneration, "optional">,
): fc.Arbitrary<SpoiledRequest> | undefined {
  const takesSomething = operation.bodies.length > 0 ||
    operation.parameters.some(({ in: place }) => place !== "header") ||
    operation.parameters.some((it) => headerSpoilings(given.document, it).length > 0);
  if (!takesSomething) return undefined;
  const ofParameters = [
    ...operation.parameters.map((it) => parameterSpoilings(given.document, it)),
    operation.parameters.some((it) => it.in === "query") ? [unknownParameter] : [],
  ];
  // Nothing optional: what is spoiled is then all that can refuse it.
  return fc.tuple(requestsOf(operation, { ...given, optional: false }), fc.nat(), fc.nat()).map(
    ([planned, which, one]) => {
      const others = [formSpoilings(operation, planned), ...ofParameters].filter((it) => it.length > 0);
      const chosen = others[(which >> 1) % others.length];
      const other = chosen?.[one % chosen.length];
      // The body's schema is most of what there is to break.
      const spoiling = (which % 2 === 0 ? bodySpoiling(given.document, operation, planned, one) : other) ?? other;
      return spoiling && { planned, spoiling };
    },
  ).filter((it) => it !== undefined);
}

const unknownParameter: Spoiling = {
  how: `query ${UNKNOWN}: there is no such parameter`,
  statuses: OF_A_QUERY,
  apply: (request) => ({ ...request, query: [...request.query, [UNKNOWN, "1"]] }),
};

/** JSON that its schema does not accept: the first of its violations from a place on. */
function bodySpoiling(
  document: ServedDocument,
  { bodies }: Operation,
  { body }: PlannedRequest,
  place: number,
): Spoiling | undefined {
  if (!body || !("json" in body)) return undefined;
  const { mediaType } = body;
  const { schema } = bodies.find((it) => it.mediaType === mediaType)!;
  const all = [...violations(document, schema, body.json)];
  const wanted = all.filter(({ ofType }) => ofType === (place % 3 === 0));
  for (let step = 0; step < wanted.length; step++) {
    const { how, value } = wanted[(place + step) % wanted.length]!;
    const json = value();
    if (document.faults(schema, json).length === 0) continue;
    return {
      how: `body ${how}`,
      statuses: [422],
      apply: (request) => ({ ...request, body: bytesOf({ mediaType, json }) }),
    };
  }
  return undefined;
}

/** Bodies that are not JSON, of another media type, or not there. */
function formSpoilings({ bodies }: Operation, { body }: PlannedRequest): Spoiling[] {
  if (!body) return [];
  const types = bodies.map(({ mediaType }) => mediaType);
  const named = WRONG_TYPES.filter((type) => !types.includes(type)).map((type): Spoiling => ({
    how: `body as ${type}`,
    statuses: [415],
    apply: (request) => ({ ...request, headers: { ...request.headers, "content-type": type } }),
  }));
  if (!("json" in body)) return named;
  const { "json": value } = body;
  const malformed = MALFORMED.map(([how, make]): Spoiling => ({
    how: `body ${how}`,
    statuses: [400],
    apply: (request) => ({ ...request, body: new TextEncoder().encode(make(JSON.stringify(value))) }),
  }));
  const notUtf8: Spoiling = {
    how: "body not UTF-8",
    statuses: [400],
    apply: (request) => ({ ...request, body: Uint8Array.of(0x22, 0xff, 0xfe, 0x22) }),
  };
  const untyped: Spoiling = {
    how: "body without Content-Type",
    statuses: [415],
    apply: ({ headers: { "content-type": _, ...headers }, ...request }) => ({ ...request, headers }),
  };
  return [...named, ...malformed, notUtf8, untyped];
}

function parameterSpoilings(document: ServedDocument, parameter: Parameter): Spoiling[] {
  switch (parameter.in) {
    case "query":
      return querySpoilings(document, parameter);
    case "header":
      return headerSpoilings(document, parameter);
    case "path":
      return pathSpoilings(document, parameter);
  }
}

/** Texts that a parameter of that schema may not be, the text read as its schema wants it. */
function wrongTexts(document: ServedDocument, { schema }: Parameter, right: JsonValue): string[] {
  const { type } = document.resolve(schema);
  const isText = type === "string";
  const texts = [...violations(document, schema, right)].map(({ value }) => value())
    .filter((value) => typeof value === "string" || (!isText && typeof value === "number"))
    .map(String).filter((text) => text.isWellFormed());
  return texts.filter((text) => document.faults(schema, readAs(type, text)).length > 0);
}

function readAs(type: JsonValue | undefined, text: string): JsonValue {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if ((type === "integer" || type === "number") && text.trim() !== "" && !Number.isNaN(Number(text))) {
    return Number(text);
  }
  return text;
}

/** A value near which to look for wrong ones. */
function sampleOf(document: ServedDocument, { schema, examples }: Parameter): JsonValue {
  const { type, minimum, enum: words, pattern } = document.resolve(schema);
  if (examples[0] !== undefined) return examples[0];
  if (Array.isArray(words)) return words[0]!;
  if (type === "integer" || type === "number") return minimum ?? 1;
  if (type === "boolean") return true;
  return typeof pattern === "string"
    ? fc.sample(fc.stringMatching(new RegExp(pattern, "u")), { numRuns: 1, seed: 1 })[0]!
    : "x";
}

function querySpoilings(document: ServedDocument, parameter: Parameter): Spoiling[] {
  const { name, required } = parameter;
  const others = (request: OperationRequest) => request.query.filter(([it]) => it !== name);
  const sample = sampleOf(document, parameter);
  const wrong = wrongTexts(document, parameter, sample).map((text): Spoiling => ({
    how: `query ${name}=${text.slice(0, 80)}`,
    statuses: OF_A_QUERY,
    apply: (request) => ({ ...request, query: [...others(request), [name, text]] }),
  }));
  const missing: Spoiling = {
    how: `query without ${name}`,
    statuses: OF_A_QUERY,
    apply: (request) => ({ ...request, query: others(request) }),
  };
  const twice: Spoiling = {
    how: `query ${name} twice`,
    statuses: OF_A_QUERY,
    apply: (request) => ({ ...request, query: [...others(request), [name, String(sample)], [name, String(sample)]] }),
  };
  const many = document.resolve(parameter.schema).type === "array";
  return [...wrong, ...(required ? [missing] : []), ...(many ? [] : [twice])];
}

function headerSpoilings(document: ServedDocument, parameter: Parameter): Spoiling[] {
  const { name } = parameter;
  // What fetch sends: no control characters, no space at either end.
  const sendable = (text: string) => /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
  return wrongTexts(document, parameter, sampleOf(document, parameter)).filter(sendable).map((text): Spoiling => ({
    how: `header ${name}: ${text.slice(0, 80)}`,
    statuses: [400, 412, 422],
    apply: (request) => ({ ...request, headers: { ...request.headers, [name]: text } }),
  }));
}

function pathSpoilings(document: ServedDocument, parameter: Parameter): Spoiling[] {
  const { name } = parameter;
  const texts = wrongTexts(document, parameter, sampleOf(document, parameter));
  return texts.filter((text) => !["", ".", ".."].includes(text)).map((text): Spoiling => ({
    how: `path ${name}=${text.slice(0, 80)}`,
    statuses: [404, 422],
    apply: (request) => ({ ...request, path: { ...request.path, [name]: text } }),
  }));
}
