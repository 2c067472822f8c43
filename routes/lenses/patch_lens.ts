import type { AuditLog } from "../../lab/audit/audit_log.ts";
import { LENS_LINKS } from "../../openapi/links.ts";
import { ALWAYS, ETAG, headers, OF_A_BODY, OF_AN_OWNER, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { PreconditionHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter, LensInfo, LensPatch } from "../../openapi/schemas/lens.ts";
import { sourceOf } from "../env.ts";
import { jsonBody } from "../json_body.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import type { AppSettings } from "../parts.ts";
import { changeableId } from "./lens_id.ts";
import { lensEtag, lensInfo } from "./lens_info.ts";
import { preconditionsOf } from "./preconditions.ts";

export interface PatchLensParts {
  readonly model: () => LoadedModel;
  readonly settings: Pick<AppSettings, "maxBodyBytes">;
  readonly audit: Pick<AuditLog, "write">;
}

/** PATCH /lenses/{lens_id}: what is said about a lens. */
export function patchLens({ model, settings, audit }: PatchLensParts): Operation {
  return {
    access: "upload",
    route: {
      method: "patch",
      path: "/lenses/{lens_id}",
      operationId: "updateLens",
      tags: ["lenses"],
      summary: "Change what is said about a lens",
      description:
        "A note, whether others see it, and its config.json, which is checked against the weights and may make " +
        "`model_match` better. The file stays.",
      request: {
        params: lensIdParameter,
        headers: PreconditionHeaders,
        body: { required: true, content: { "application/json": { schema: LensPatch } } },
      },
      responses: {
        200: {
          description: "The lens as it is now.",
          headers: headers(ETAG),
          content: { "application/json": { schema: LensInfo } },
          links: LENS_LINKS,
        },
        ...refusals(
          ...OF_A_BODY,
          "not-found",
          "conflict",
          "precondition-failed",
          "lens-refused",
          ...OF_THE_MODEL,
          "timeout",
          "storage-full",
          ...OF_AN_OWNER,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const lenses = model().lensesOf(c.get("caller"));
      const id = changeableId(c);
      const { note, shared, config } = await jsonBody(c, LensPatch, settings.maxBodyBytes);
      const entry = await lenses.patch(id, {
        ...(note === undefined ? {} : { note }),
        ...(shared === undefined ? {} : { shared }),
        ...(config === undefined ? {} : { config: configText(config) }),
      }, preconditionsOf(c));
      audit.write({ event: "lens.patch", lens: id }, sourceOf(c));
      return c.json(lensInfo(entry), 200, { ETag: lensEtag(entry.record.sha256) });
    },
  };
}

const configText = (config: string | object | null) =>
  config === null || typeof config === "string" ? config : JSON.stringify(config);
