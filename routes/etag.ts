import type { ServiceContext } from "./env.ts";

/** A strong entity tag: the sha256 of the bytes. */
export async function etagOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `"${new Uint8Array(digest).toHex()}"`;
}

/** Answers JSON under its tag: 304 when the client has it already (RFC 9110, 13.1.2). */
export function tagged(c: ServiceContext, text: string, etag: string): Response {
  const headers = { ETag: etag, "Cache-Control": "no-cache" };
  if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, headers);
  return c.body(text, 200, { ...headers, "Content-Type": "application/json" });
}

/** Whether If-None-Match names a tag, weakly compared (RFC 9110, 13.1.2). */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
