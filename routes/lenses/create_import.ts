import type { LensImporter } from "../../lens/library/import_lens.ts";
import type { AuditLog } from "../../lab/audit/audit_log.ts";
import { Draining } from "../../lab/admission/admission.ts";
import { ALWAYS, headers, OF_A_BODY, OF_AN_OWNER, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { ImportFrame, ImportRequest } from "../../openapi/schemas/import.ts";
import { bodyStream } from "../answer/body_stream.ts";
import { withPings } from "../answer/with_pings.ts";
import { jsonBody } from "../json_body.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import type { AppSettings, Log } from "../parts.ts";
import { importFrames } from "./import_frames.ts";

export interface ImportParts {
  readonly model: () => LoadedModel;
  readonly draining: () => boolean;
  readonly audit: Pick<AuditLog, "write">;
  readonly imports: LensImporter;
  readonly settings: Pick<AppSettings, "maxBodyBytes">;
  readonly log: Log;
  readonly silenceMs?: number;
}

/** Silence after which a proxy may believe a connection dead. */
const SILENCE_MS = 10_000;

/** POST /imports: fetches a published lens from a hub. */
export function createImport(parts: ImportParts): Operation {
  return {
    access: "upload",
    route: {
      method: "post",
      path: "/imports",
      operationId: "createImport",
      tags: ["lenses"],
      summary: "Fetch a published lens",
      description:
        "From a repository of the Hugging Face hub, or without `source` the one published for the loaded model. " +
        "Goes through the checks of an upload. A hang-up stops it; asked again it goes on from the bytes it has. " +
        "The last frame is `end` or `error`.",
      request: { body: { required: true, content: { "application/json": { schema: ImportRequest } } } },
      responses: {
        200: {
          description: "Frames, one a line (NDJSON).",
          headers: headers({}),
          content: { "application/x-ndjson": { schema: ImportFrame } },
        },
        ...refusals(
          ...OF_A_BODY,
          "conflict",
          "lens-too-large",
          "not-published",
          "lens-refused",
          "hub-failed",
          ...OF_THE_MODEL,
          "draining",
          "timeout",
          "storage-full",
          ...OF_AN_OWNER,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ImportRequest, parts.settings.maxBodyBytes);
      const model = parts.model();
      if (parts.draining()) throw new Draining();
      const { frames, last } = await importFrames(request, model, parts, c);
      const answer = withPings(frames, parts.silenceMs ?? SILENCE_MS, last);
      return c.body(bodyStream(c, answer), 200, { "Content-Type": "application/x-ndjson" });
    },
  };
}
