import { ALWAYS, headers, refusals } from "../openapi/responses.ts";
import { Health } from "../openapi/schemas/health.ts";
import type { Operation } from "./operation.ts";

/** GET /livez: whether the HTTP process answers. */
export function livez(): Operation {
  return {
    access: "public",
    route: {
      method: "get",
      path: "/livez",
      operationId: "getLiveness",
      tags: ["service"],
      summary: "Tell whether the process lives",
      description: "Answered by the HTTP process, whatever the model does.",
      responses: {
        200: { description: "It lives.", headers: headers({}), content: { "application/json": { schema: Health } } },
        ...refusals(...ALWAYS),
      },
    },
    handler: (c) => c.json({ status: "ok" }),
  };
}
