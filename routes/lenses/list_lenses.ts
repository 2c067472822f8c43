import { LENS_LIST_LINKS } from "../../openapi/links.ts";
import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { RevalidationHeaders } from "../../openapi/request_headers.ts";
import { LensList } from "../../openapi/schemas/lens.ts";
import { etagOf, tagged } from "../etag.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import { lensInfo, logitInfo } from "./lens_info.ts";

/** GET /lenses: what is registered. */
export function listLenses({ model }: { readonly model: () => LoadedModel }): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/lenses",
      operationId: "listLenses",
      tags: ["lenses"],
      summary: "List the lenses",
      description: "The built-in logit lens and every registered one, each with how well it fits the loaded model.",
      request: { headers: RevalidationHeaders },
      responses: {
        200: {
          description: "The lenses.",
          headers: headers(ETAG),
          content: { "application/json": { schema: LensList } },
          links: LENS_LIST_LINKS,
        },
        304: { description: "What If-None-Match names is still right.", headers: headers(ETAG) },
        ...refusals(...OF_THE_MODEL, ...ALWAYS),
      },
    },
    async handler(c) {
      const { description, lensesOf } = model();
      const lenses = lensesOf(c.get("caller"));
      const entries = await lenses.list();
      const text = JSON.stringify({ lenses: [logitInfo(description), ...entries.map(lensInfo)] });
      return tagged(c, text, await etagOf(text));
    },
  };
}
