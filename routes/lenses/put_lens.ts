import type { LensRemarks } from "../../lens/library/types.ts";
import type { AuditLog } from "../../lab/audit/audit_log.ts";
import { Draining } from "../../lab/admission/admission.ts";
import { LENS_LINKS } from "../../openapi/links.ts";
import { type NamedFault, quote, Refusal, refusalOf } from "../../openapi/refusal.ts";
import { ALWAYS, ETAG, headers, LOCATION, OF_AN_OWNER, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { UploadHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter, LensInfo, UploadQuery } from "../../openapi/schemas/lens.ts";
import { report, type ServiceContext, sourceOf } from "../env.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import type { AppSettings } from "../parts.ts";
import { changeableId } from "./lens_id.ts";
import { lensEtag, lensInfo } from "./lens_info.ts";
import { preconditionsOf } from "./preconditions.ts";
import { readQuery } from "./read_query.ts";
import { receive } from "./receive.ts";
import { statedDigest } from "./stated_digest.ts";

export interface PutLensParts {
  readonly model: () => LoadedModel;
  readonly draining: () => boolean;
  readonly audit: Pick<AuditLog, "write">;
  readonly settings: Pick<AppSettings, "maxLensBytes">;
}

/** PUT /lenses/{lens_id}: takes a lens file of any size in flat memory. */
export function putLens(parts: PutLensParts): Operation {
  return {
    access: "upload",
    route: {
      method: "put",
      path: "/lenses/{lens_id}",
      operationId: "putLens",
      tags: ["lenses"],
      summary: "Upload a lens",
      description:
        "The body is the file: torch `.pt` of tuned-lens or jacobian-lens, `.safetensors`, or `.npz`; its kind " +
        "is recognised from the content. It is streamed to disk, and visible only when complete, checked and synced. " +
        "`curl -T params.pt host/lenses/mine`. `If-None-Match: *` refuses to replace, `If-Match` replaces only the file " +
        "it names, `Repr-Digest` (RFC 9530) is checked.",
      request: {
        params: lensIdParameter,
        query: UploadQuery,
        headers: UploadHeaders,
        body: {
          required: true,
          content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
        },
      },
      responses: {
        200: {
          description: "The lens was replaced, or the same bytes were there already.",
          headers: headers(ETAG),
          content: { "application/json": { schema: LensInfo } },
          links: LENS_LINKS,
        },
        201: {
          description: "The lens is new.",
          headers: headers({ ...ETAG, ...LOCATION }),
          content: { "application/json": { schema: LensInfo } },
          links: LENS_LINKS,
        },
        ...refusals(
          "malformed-request",
          "request-too-slow",
          "conflict",
          "precondition-failed",
          "lens-too-large",
          "unsupported-media-type",
          "invalid-request",
          "lens-refused",
          "digest-mismatch",
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
      const lenses = parts.model().lensesOf(c.get("caller"));
      if (parts.draining()) throw new Draining();
      const id = changeableId(c);
      requireBytes(c);
      const query = readQuery(c, UploadQuery);
      const stated = statedDigest(c.req.header("Repr-Digest"), query.sha256);
      if ("fault" in stated) throw refusalOf([stated.fault]);
      const length = contentLength(c);
      const { maxLensBytes } = parts.settings;
      if (length !== undefined && length > maxLensBytes) {
        throw new Refusal(
          "lens-too-large",
          `the lens has ${length} bytes; ${maxLensBytes} are taken (--max-lens-bytes)`,
        );
      }
      await using upload = await lenses.upload(id, {
        ...remarksOf(query),
        ...preconditionsOf(c),
        ...(length === undefined ? {} : { contentLength: length }),
        ...(stated.sha256 === null ? {} : { expectedSha256: stated.sha256 }),
      });
      await receive(c, upload);
      const { entry, created, unchanged } = await upload.finish({ signal: c.get("signal") });
      report(c, { lens: id, bytes: entry.record.bytes, created, unchanged });
      parts.audit.write({ event: "lens.put", lens: id }, sourceOf(c));
      const etag = lensEtag(entry.record.sha256);
      if (!created) return c.json(lensInfo(entry), 200, { ETag: etag });
      return c.json(lensInfo(entry), 201, { ETag: etag, Location: `/lenses/${id}` });
    },
  };
}

/** A lens is bytes as they are, whole. */
function requireBytes(c: ServiceContext): void {
  const refuse = (name: string, detail: string) => {
    const fault: NamedFault = { problem: "unsupported-media-type", in: "header", name, detail };
    throw refusalOf([fault]);
  };
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && type !== "application/octet-stream") {
    refuse(
      "Content-Type",
      `Content-Type is ${quote(type)}; a lens is application/octet-stream (curl -T sends it right)`,
    );
  }
  const encoding = c.req.header("Content-Encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") refuse("Content-Encoding", `a lens comes as it is, not in ${quote(encoding)}`);
  if (c.req.header("Content-Range") !== undefined) {
    const detail = "a lens is replaced whole: Content-Range is not taken (RFC 9110, 14.5)";
    throw new Refusal("malformed-request", detail, [{ in: "header", name: "Content-Range", detail }]);
  }
}

/** Bytes announced; the server has refused what is no number. */
function contentLength(c: ServiceContext): number | undefined {
  const header = c.req.header("Content-Length");
  return header === undefined ? undefined : Number(header);
}

function remarksOf(query: ReturnType<typeof readQuery<typeof UploadQuery>>): LensRemarks {
  const { unembed_hash, capture_point, target_layer, reading, note, shared } = query;
  return {
    ...(unembed_hash === undefined ? {} : { unembedHash: unembed_hash }),
    ...(capture_point === undefined ? {} : { capturePoint: capture_point }),
    ...(target_layer === undefined ? {} : { targetLayer: target_layer }),
    ...(reading === undefined ? {} : { reading }),
    ...(note === undefined ? {} : { note }),
    ...(shared === undefined ? {} : { shared }),
  };
}
