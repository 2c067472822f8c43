import type { ModelBounds } from "../openapi/bounds.ts";
import type { OpenApiVersion } from "../openapi/document.ts";
import { RevalidationHeaders } from "../openapi/request_headers.ts";
import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { DocumentQuery, OpenApiDocument } from "../openapi/schemas/document.ts";
import type { AuthenticateParts } from "./authenticate.ts";
import { etagOf, tagged } from "./etag.ts";
import { readQuery } from "./lenses/read_query.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";

interface DocumentParts {
  readonly document: (as: OpenApiVersion, bounds?: ModelBounds) => string;
  readonly model: () => LoadedModel;
  /** null: the service has no keys. */
  readonly gate: AuthenticateParts["gate"];
}

const ROUTES = {
  "3.1": {
    path: "/openapi.json",
    operationId: "getDocument",
    summary: "Get this document",
    description: "OpenAPI 3.1. The same bytes whatever model is loaded, unless `bounds` asks for that model's.",
  },
  "3.0": {
    path: "/openapi-3.0.json",
    operationId: "getOlderDocument",
    summary: "Get this document as OpenAPI 3.0",
    description: "OpenAPI 3.0.3, for generators that do not read 3.1: the same operations from the same schemas.",
  },
} as const;

/** GET /openapi.json and GET /openapi-3.0.json: this service as OpenAPI, for generators of clients and for fuzzers. */
export function openapiDocument({ document, model, gate }: DocumentParts, as: OpenApiVersion): Operation {
  const once = remembered((bounds?: ModelBounds) => document(as, bounds));
  return {
    access: "public",
    route: {
      method: "get",
      tags: ["service"],
      ...ROUTES[as],
      request: { query: DocumentQuery, headers: RevalidationHeaders },
      responses: {
        200: {
          description: `An OpenAPI ${as} document.`,
          headers: headers(ETAG),
          content: { "application/json": { schema: OpenApiDocument } },
        },
        304: { description: "What If-None-Match names is still right.", headers: headers(ETAG) },
        ...refusals("invalid-request", ...OF_THE_MODEL, ...ALWAYS),
      },
    },
    async handler(c) {
      const { bounds } = readQuery(c, DocumentQuery);
      const { text, etag } = await once(bounds && boundsOf(model(), gate !== null));
      return tagged(c, text, etag);
    },
  };
}

function boundsOf(
  { description: { layers, vocabulary }, maxTokens, tokenizer }: LoadedModel,
  keys: boolean,
): ModelBounds {
  const promptCharacters = "unavailable" in tokenizer ? 0 : tokenizer.characterLimit(maxTokens);
  return { layers, vocabulary, promptTokens: maxTokens, promptCharacters, keys };
}

/** Each text is made once, on the first request for it: they are large, and never change while the service runs. */
function remembered(make: (bounds?: ModelBounds) => string) {
  const made = new Map<string, Promise<{ text: string; etag: string }>>();
  const tag = async (text: string) => ({ text, etag: await etagOf(text) });
  return (bounds?: ModelBounds) => {
    const key = JSON.stringify(bounds ?? null);
    const text = made.get(key) ?? tag(make(bounds));
    made.set(key, text);
    return text;
  };
}
