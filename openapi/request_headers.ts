import { z } from "@hono/zod-openapi";

const header = (description: string) => z.string().optional().openapi({ description });

const NAMES = {
  "If-None-Match": header("ETags of answers that the client has: where one is still right, 304 without a body."),
} as const;

/** Of a GET with an ETag. */
export const RevalidationHeaders = z.object(NAMES);

/** Of a request that changes a lens (RFC 9110, 13.1). */
export const PreconditionHeaders = z.object({
  "If-Match": header("ETags of the lens: it is changed only while it has one of them. `*`: only if it is there."),
  "If-None-Match": header("`*`: only if it is not there."),
});

/** Of an upload. */
export const UploadHeaders = z.object({
  ...PreconditionHeaders.shape,
  "Repr-Digest": header("`sha-256=:…:` (RFC 9530): what the bytes must hash to."),
});

/** Of a download. */
export const DownloadHeaders = z.object({
  ...NAMES,
  "Range": header("One range of bytes, such as `bytes=0-1023`."),
  "If-Range": header("ETag of the file that the range is of: where it is another, the whole file is sent."),
});
