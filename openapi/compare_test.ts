import assert from "node:assert/strict";
import { compare, told } from "./compare.ts";
import type { Json } from "./json.ts";

const SCHEMAS = {
  Ask: {
    type: "object",
    properties: {
      text: { type: "string", maxLength: 100 },
      count: { type: "integer", minimum: 0, maximum: 10 },
      kind: { $ref: "#/components/schemas/Kind" },
      what: { anyOf: [{ type: "string" }, { type: "array", items: { type: "integer" } }] },
    },
    required: ["text"],
    additionalProperties: false,
  },
  Kind: { type: "string", enum: ["a", "b"] },
  Told: {
    type: "object",
    properties: {
      value: { type: "number" },
      kind: { $ref: "#/components/schemas/Kind" },
      parts: { type: "array", items: { $ref: "#/components/schemas/Told" } },
    },
    required: ["value"],
  },
};

/** A small document, and a copy of it that a case changes. */
function document(change: (whole: ReturnType<typeof base>) => void = () => {}): Json {
  const whole = base();
  change(whole);
  return whole as unknown as Json;
}

function base() {
  const json = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
  // deno-lint-ignore no-explicit-any -- cases change it in ways that its type does not have
  const schemas: any = structuredClone(SCHEMAS);
  const post = {
    parameters: [{ in: "query", name: "dry", required: false, schema: { type: "boolean" } }] as Json[],
    requestBody: { required: true, content: json("Ask") },
    responses: { 200: { headers: { ETag: { schema: { type: "string" } } }, content: json("Told") } } as Json,
  };
  const paths: Record<string, unknown> = { "/ask": { post } };
  return { paths, post, components: { schemas } };
}

type Whole = ReturnType<typeof base>;

const BREAKING: [string, (whole: Whole) => void, RegExp][] = [
  ["a path is removed", (it) => delete it.paths["/ask"], /^\/ask is gone/],
  ["an operation is removed", (it) => it.paths["/ask"] = {}, /^\/ask post is gone/],
  ["a parameter is removed", (it) => it.post.parameters.length = 0, /query parameter dry is gone/],
  ["a parameter must be given", (it) => it.post.parameters[0]!.required = true, /dry must now be given/],
  [
    "a parameter is new and must be given",
    (it) => it.post.parameters.push({ in: "query", name: "of", required: true, schema: { type: "string" } }),
    /of is new and must be given/,
  ],
  ["a status is removed", (it) => it.post.responses = {}, /200 is gone/],
  ["a header is removed", (it) => (it.post.responses["200"] as Json).headers = {}, /header ETag is gone/],
  ["a media type is removed", (it) => (it.post.responses["200"] as Json).content = {}, /application\/json is gone/],
  ["a member of a request is removed", (it) => delete it.components.schemas.Ask.properties.count, /\.count is gone/],
  ["a member of an answer is removed", (it) => delete it.components.schemas.Told.properties.value, /\.value is gone/],
  ["a member of an answer may be absent", (it) => it.components.schemas.Told.required = [], /\.value may be absent/],
  ["an enum value is removed", (it) => it.components.schemas.Kind.enum = ["a"], /kind value "b" is gone/],
  [
    "a request's bound is narrowed",
    (it) => it.components.schemas.Ask.properties.count.maximum = 9,
    /maximum was 10, is 9/,
  ],
  [
    "a request gets a bound",
    (it) => it.components.schemas.Ask.properties.text.minLength = 1,
    /minLength was open, is 1/,
  ],
  [
    "a request's union loses a branch",
    (it) => it.components.schemas.Ask.properties.what.anyOf.pop(),
    /what is no longer array/,
  ],
  [
    "a request's type is narrowed",
    (it) => it.components.schemas.Ask.properties.text.type = "integer",
    /no longer string/,
  ],
  [
    "a request must have a new member",
    (it) => {
      it.components.schemas.Ask.properties.more = { type: "string" };
      it.components.schemas.Ask.required.push("more");
    },
    /\.more is new and must be given/,
  ],
  [
    "a request must have a member it needed not",
    (it) => it.components.schemas.Ask.required.push("count"),
    /count must be there/,
  ],
  [
    "an answer may be null",
    (it) => it.components.schemas.Told.properties.value.type = ["number", "null"],
    /may now be null/,
  ],
];

for (const [what, change, sentence] of BREAKING) {
  Deno.test(`compare() tells that it breaks clients when ${what}`, () => {
    const { breaking } = compare(document(), document(change));
    assert.ok(breaking.some((line) => sentence.test(line)), breaking.join("\n") || "nothing was found");
  });
}

const ADDITIONS: [string, (whole: Whole) => void, RegExp][] = [
  ["a path is new", (it) => it.paths["/more"] = {}, /\/more is new/],
  [
    "a parameter is new and may be left out",
    (it) => it.post.parameters.push({ in: "query", name: "of", schema: { type: "string" } }),
    /of is new/,
  ],
  ["a status is new", (it) => it.post.responses["404"] = {}, /404 is new/],
  ["an enum value is new", (it) => it.components.schemas.Kind.enum.push("c"), /value "c" is new/],
  ["a member is new", (it) => it.components.schemas.Ask.properties.more = { type: "string" }, /\.more is new/],
  ["a bound is widened", (it) => it.components.schemas.Ask.properties.count.maximum = 11, /maximum was 10, is 11/],
  [
    "a request takes another type",
    (it) => it.components.schemas.Ask.properties.what.anyOf.push({ type: "null" }),
    /be null/,
  ],
  [
    "an answer's number is whole",
    (it) => it.components.schemas.Told.properties.value.type = "integer",
    /no longer number/,
  ],
  [
    "a member of an answer is always there",
    (it) => it.components.schemas.Told.required.push("kind"),
    /kind must be there/,
  ],
];

for (const [what, change, sentence] of ADDITIONS) {
  Deno.test(`compare() tells of an addition, and of nothing that breaks, when ${what}`, () => {
    const { breaking, additions } = compare(document(), document(change));
    assert.deepEqual(breaking, []);
    assert.ok(additions.some((line) => sentence.test(line)), additions.join("\n") || "nothing was found");
  });
}

Deno.test("compare() finds nothing where only words and examples differ", () => {
  const same = compare(
    document(),
    document((it) => Object.assign(it.components.schemas.Told, { description: "other words", example: { value: 1 } })),
  );
  assert.deepEqual(same, { breaking: [], additions: [] });
  assert.equal(told(same), "nothing changed but words or examples");
});

Deno.test("told() names what breaks first", () => {
  const text = told({ breaking: ["x is gone"], additions: ["y is new"] });
  assert.equal(text, "1 BREAKING:\n- x is gone\n1 additions:\n- y is new");
});
