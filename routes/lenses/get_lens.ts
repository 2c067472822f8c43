import { LENS_LINKS } from "../../openapi/links.ts";
import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { RevalidationHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter, LensInfo } from "../../openapi/schemas/lens.ts";
import { etagOf, tagged } from "../etag.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import { existingLens, LOGIT, pathId } from "./lens_id.ts";
import { lensEtag, lensInfo, logitInfo } from "./lens_info.ts";

/** GET /lenses/{lens_id}: one lens. */
export function getLens({ model }: { readonly model: () => LoadedModel }): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/lenses/{lens_id}",
      operationId: "getLens",
      tags: ["lenses"],
      summary: "Describe a lens",
      description: "The ETag is the sha256 of the lens' file: what If-Match of a PUT, PATCH or DELETE takes. " +
        "It stays where only remarks change.",
      request: { params: lensIdParameter, headers: RevalidationHeaders },
      responses: {
        200: {
          description: "The lens.",
          headers: headers(ETAG),
          content: { "application/json": { schema: LensInfo } },
          links: LENS_LINKS,
        },
        304: { description: "If-None-Match names the file that is there.", headers: headers(ETAG) },
        ...refusals("not-found", ...OF_THE_MODEL, ...ALWAYS),
      },
    },
    async handler(c) {
      const { description, lensesOf } = model();
      const lenses = lensesOf(c.get("caller"));
      const id = pathId(c);
      if (id === LOGIT) {
        const text = JSON.stringify(logitInfo(description));
        return tagged(c, text, await etagOf(text));
      }
      const entry = await existingLens(lenses, id);
      return tagged(c, JSON.stringify(lensInfo(entry)), lensEtag(entry.record.sha256));
    },
  };
}
