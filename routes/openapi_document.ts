import { z } from "@hono/zod-openapi";
import { ALWAYS, ETAG, headers, refusals } from "../openapi/responses.ts";
import { etagOf, tagged } from "./etag.ts";
import type { Operation } from "./operation.ts";

/** GET /openapi.json: this service as OpenAPI 3.1, for generators of clients. */
export function openapiDocument({ document }: { document: () => string }): Operation {
  let text: string | undefined;
  let etag: string | undefined;
  return {
    route: {
      method: "get",
      path: "/openapi.json",
      operationId: "getDocument",
      tags: ["service"],
      summary: "Get this document",
      description: "The same bytes whatever model is loaded.",
      responses: {
        200: {
          description: "An OpenAPI 3.1 document.",
          headers: headers(ETAG),
          content: {
            "application/json": {
              schema: z.looseObject({ openapi: z.string().openapi({ description: "Version of OpenAPI." }) }).openapi(
                "Document",
                {
                  description: "An OpenAPI document; its form is that specification's.",
                },
              ),
            },
          },
        },
        304: { description: "What If-None-Match names is still right.", headers: headers(ETAG) },
        ...refusals(...ALWAYS),
      },
    },
    async handler(c) {
      text ??= document();
      etag ??= await etagOf(text);
      return tagged(c, text, etag);
    },
  };
}
