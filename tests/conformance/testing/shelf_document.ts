import type { Json } from "../../../openapi/json.ts";

const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
const refusals = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [status, { description: "", content: problem }]));
const json = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
const header = (schema: Json) => ({ required: true, schema });
const id = { name: "id", in: "path", required: true, schema: { type: "string", pattern: "^[a-z0-9-]{1,20}$" } };

/** What the shelf of `shelf.ts` promises. */
export const SHELF_DOCUMENT = {
  openapi: "3.1.0",
  info: { title: "A shelf", version: "1.0.0" },
  paths: {
    "/things": { get: { operationId: "listThings", responses: { 200: { content: json("Things") } } } },
    "/things/{id}": {
      parameters: [id],
      get: { operationId: "getThing", responses: { 200: { content: json("Thing") }, ...refusals(404) } },
      put: {
        operationId: "putThing",
        requestBody: { required: true, content: { "application/octet-stream": {} } },
        responses: {
          201: { headers: { Location: header({ type: "string" }) }, content: json("Thing") },
          ...refusals(415, 422),
        },
      },
      delete: { operationId: "deleteThing", responses: { 204: {}, ...refusals(404) } },
    },
    "/notes": {
      post: {
        operationId: "createNote",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Count" }, example: { n: 5 } } },
        },
        responses: {
          201: { headers: { Location: header({ type: "string" }) }, content: json("Thing") },
          ...refusals(400, 415, 422),
        },
      },
    },
    "/notes/{id}": {
      parameters: [id],
      get: { operationId: "getNote", responses: { 200: { content: json("Thing") }, ...refusals(404) } },
      delete: { operationId: "deleteNote", responses: { 204: {}, ...refusals(404) } },
    },
    "/count": {
      post: {
        operationId: "count",
        parameters: [
          { name: "X-Reason", in: "header", required: true, schema: { type: "string", pattern: "^[a-z]{1,8}$" } },
        ],
        requestBody: { required: true, content: json("Count") },
        responses: {
          200: { headers: { "X-Count": header({ type: "integer", minimum: 1 }) }, content: json("Counted") },
          ...refusals(400, 415, 422),
        },
      },
    },
    "/lines": {
      get: {
        operationId: "lines",
        responses: { 200: { content: { "application/x-ndjson": { schema: { $ref: "#/components/schemas/Line" } } } } },
      },
    },
    "/secret": {
      get: {
        operationId: "secret",
        security: [{ key: [] }],
        responses: { 200: { content: json("Counted") }, ...refusals(401) },
      },
    },
  },
  components: {
    securitySchemes: { key: { type: "http", scheme: "bearer" } },
    schemas: {
      Thing: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
      Things: {
        type: "object",
        properties: { things: { type: "array", items: { $ref: "#/components/schemas/Thing" } } },
        required: ["things"],
      },
      Count: {
        type: "object",
        properties: { n: { type: "integer", minimum: 1, maximum: 10 }, word: { type: "string", maxLength: 5 } },
        required: ["n"],
        additionalProperties: false,
      },
      Counted: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
      Line: {
        oneOf: [{ $ref: "#/components/schemas/NumberLine" }, { $ref: "#/components/schemas/EndLine" }],
        discriminator: {
          propertyName: "type",
          mapping: { number: "#/components/schemas/NumberLine", end: "#/components/schemas/EndLine" },
        },
      },
      NumberLine: {
        type: "object",
        properties: { type: { enum: ["number"] }, n: { type: "integer" } },
        required: ["type", "n"],
      },
      EndLine: { type: "object", properties: { type: { enum: ["end"] } }, required: ["type"] },
      Problem: {
        type: "object",
        properties: { type: { type: "string" }, status: { type: "integer" } },
        required: ["type", "status"],
      },
    },
  },
} as unknown as Json;
