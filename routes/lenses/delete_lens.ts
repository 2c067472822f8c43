import { DELETED_LENS_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { PreconditionHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter } from "../../openapi/schemas/lens.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import { changeableId } from "./lens_id.ts";
import { preconditionsOf } from "./preconditions.ts";

/** DELETE /lenses/{lens_id}. */
export function deleteLens({ model }: { readonly model: () => LoadedModel }): Operation {
  return {
    route: {
      method: "delete",
      path: "/lenses/{lens_id}",
      operationId: "deleteLens",
      tags: ["lenses"],
      summary: "Delete a lens",
      description: "Gone at once for new requests; a probe or download that is using it finishes.",
      request: { params: lensIdParameter, headers: PreconditionHeaders },
      responses: {
        204: { description: "The lens is gone.", headers: headers({}), links: DELETED_LENS_LINKS },
        ...refusals(
          "not-found",
          "conflict",
          "precondition-failed",
          "invalid-request",
          ...OF_THE_MODEL,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      await model().lenses.remove(changeableId(c), preconditionsOf(c));
      return c.body(null, 204);
    },
  };
}
