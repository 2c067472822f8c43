import type { AuditLog } from "../../lab/audit/audit_log.ts";
import { DELETED_LENS_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, OF_AN_OWNER, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { PreconditionHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter } from "../../openapi/schemas/lens.ts";
import { sourceOf } from "../env.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import { changeableId } from "./lens_id.ts";
import { preconditionsOf } from "./preconditions.ts";

export interface DeleteLensParts {
  readonly model: () => LoadedModel;
  readonly audit: Pick<AuditLog, "write">;
}

/** DELETE /lenses/{lens_id}. */
export function deleteLens({ model, audit }: DeleteLensParts): Operation {
  return {
    access: "upload",
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
          ...OF_AN_OWNER,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const id = changeableId(c);
      await model().lensesOf(c.get("caller")).remove(id, preconditionsOf(c));
      audit.write({ event: "lens.delete", lens: id }, sourceOf(c));
      return c.body(null, 204);
    },
  };
}
