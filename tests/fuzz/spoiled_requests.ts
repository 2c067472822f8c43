import fc from "fast-check";
import { type ValidRequest, validRequest } from "./valid_requests.ts";

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array | undefined;
}

const encoder = new TextEncoder();
const LARGE_BYTES = 10_000_000;

/** Numbers that JSON can write and a float64 cannot hold, put in where a string marks the place. */
const NUMBERS: Readonly<Record<string, string>> = {
  "#huge": "1e999",
  "#minus": "-1e999",
  "#digits": "1".repeat(400),
  "#tiny": "1e-999",
};

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...[null, true, false, 0, -1, 1.5, 1e308, -(2 ** 31) - 1, 2 ** 31, 2 ** 53, -(2 ** 63)],
    ...[
      "",
      "x",
      "\ud800",
      "a\udfffb",
      "\u0000",
      "last",
      "logit",
      "../../etc/passwd",
      "{{7*7}}",
      ...Object.keys(NUMBERS),
    ],
    ...[[], {}, [[]], [null], [{}], ["\ud800"], { messages: [] }, { messages: [{ role: "user" }] }],
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.array(fc.integer(), { maxLength: 300 }),
);

const memberName = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "prompts",
    "topK",
    "against",
    "cache",
    "values",
    "",
    "a/b~c",
    "\ud800",
  ),
  fc.string({ maxLength: 8 }),
);

type Edit = { kind: "replace" | "remove" | "add" | "wrap"; place: number; name: string; value: unknown };
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("replace" as const, "remove" as const, "add" as const, "wrap" as const),
  place: fc.nat(1000),
  name: memberName,
  value: hostile,
});

/** A request left as it was. */
const untouched = validRequest.map((request) => post(request, encoder.encode(JSON.stringify(request.body))));

/** A body that is JSON, and wrong in its values or members. */
const wrongValues = fc.tuple(validRequest, fc.array(edit, { maxLength: 3 })).map(([request, edits]) => {
  const text = jsonText(edits.reduce<unknown>(edited, request.body));
  return post(request, encoder.encode(text));
});

/** One change somewhere inside a JSON value. */
function edited(root: unknown, { kind, place, name, value }: Edit): unknown {
  const places = placesOf(root);
  const target = places[place % places.length]!;
  const change = (it: unknown, path: readonly string[]): unknown => {
    if (path.length > 0) {
      return withMember(it, path[0]!, change((it as Record<string, unknown>)[path[0]!], path.slice(1)));
    }
    if (kind === "replace") return value;
    if (kind === "wrap") return [it];
    if (kind === "add") return isObject(it) ? withMember(it, name, value) : value;
    return undefined;
  };
  return change(root, target);
}

function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))];
}

function withMember(value: unknown, key: string, member: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, at) => String(at) === key ? member : item);
  const copy = Object.assign(Object.create(null), value);
  Object.defineProperty(copy, key, { value: member, enumerable: true, configurable: true, writable: true });
  return copy;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.replace(/"(#\w+)"/g, (whole, mark) => NUMBERS[mark] ?? whole);
}

/** A body that is hardly JSON at all. */
const wrongBytes = fc.tuple(
  validRequest,
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }).map((text) => encoder.encode(text)),
    fc.constantFrom(
      "",
      " ",
      "\ufeff",
      "null",
      "[]",
      '"',
      "NaN",
      "{'prompt':'a'}",
      '{"prompt":"a",}',
      '{"prompt":"a"}{}',
    ).map((text) => encoder.encode(text)),
    fc.nat(100_000).map((depth) => encoder.encode("[".repeat(depth))),
    fc.nat(30_000).map((depth) => encoder.encode(`{"prompt":${"[".repeat(depth)}${"]".repeat(depth)}}`)),
    fc.nat(10_000).map((depth) => encoder.encode(`${'{"prompt":'.repeat(depth)}1${"}".repeat(depth)}`)),
  ),
).map(([request, bytes]) => post(request, bytes));

/** A right body, broken on its way: cut off, a byte changed, twice. */
const damaged = fc.tuple(validRequest, fc.nat(), fc.nat(255), fc.constantFrom("cut", "flip", "twice")).map(
  ([request, place, byte, how]) => {
    const bytes = encoder.encode(JSON.stringify(request.body));
    if (how === "cut") return post(request, bytes.slice(0, place % bytes.length));
    if (how === "twice") return post(request, Uint8Array.of(...bytes, ...bytes));
    bytes[place % bytes.length] = byte;
    return post(request, bytes);
  },
);

const large = fc.tuple(validRequest, fc.constantFrom("prompt", "spaces", "ids")).map(([request, how]) => {
  const bytes = new Uint8Array(LARGE_BYTES).fill(how === "spaces" ? 0x20 : how === "ids" ? 0x31 : 0x61);
  bytes.set(encoder.encode(how === "ids" ? '{"prompt":[' : '{"prompt":"'));
  if (how === "ids") { for (let at = 12; at < LARGE_BYTES; at += 2) bytes[at] = 0x2c; }
  bytes.set(encoder.encode(how === "ids" ? "1]}" : '"}'), LARGE_BYTES - (how === "ids" ? 3 : 2));
  return post(request, bytes);
});

/** A right body under a wrong method, path or media type. */
const wrongEnvelope = fc.tuple(
  validRequest,
  fc.constantFrom("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"),
  fc.constantFrom("", "/", "/nothing", "%00", "%ff", "//x", "?bounds=loaded", "/../livez"),
  fc.constantFrom(
    undefined,
    "text/plain",
    "application/xml",
    "application/jsonp",
    "application/json; charset=latin1",
    "json",
    "application/json",
  ),
).map(([request, method, suffix, contentType]): WireRequest => ({
  method,
  path: request.path + suffix,
  contentType,
  body: method === "GET" || method === "HEAD" ? undefined : encoder.encode(JSON.stringify(request.body)),
}));

function post({ path }: ValidRequest, body: Uint8Array): WireRequest {
  return { method: "POST", path, contentType: "application/json", body };
}

/** Requests that are wrong in one of the ways that requests are, and some that are right. */
export const spoiledRequest: fc.Arbitrary<WireRequest> = fc.oneof(
  { weight: 150, arbitrary: untouched },
  { weight: 450, arbitrary: wrongValues },
  { weight: 150, arbitrary: wrongBytes },
  { weight: 100, arbitrary: damaged },
  { weight: 148, arbitrary: wrongEnvelope },
  { weight: 2, arbitrary: large },
);
