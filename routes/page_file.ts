import type { Handler } from "hono";
import type { ServiceEnv } from "./env.ts";
import { etagOf, matches } from "./etag.ts";

/** A text file of a page for people, at a path of its own: what is not in the list of files is not reached. */
export interface PageFile {
  readonly path: string;
  readonly source: URL;
  readonly type: "text/html" | "text/css" | "text/javascript";
}

/**
 * What a page may do (CSP 3): run, style with and ask what this service serves, no line of script or style of its own
 * text. Pictures may stand in the style sheet itself, as those of swagger-ui do.
 */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Answers with a page's file: read on the first request and kept; 304 to whom has it (RFC 9110, 13.1.2). */
export function servePageFile({ source, type }: Pick<PageFile, "source" | "type">): Handler<ServiceEnv> {
  let file: Promise<{ text: string; etag: string }> | undefined;
  return async (c) => {
    const { text, etag } = await (file ??= read(source));
    const headers = {
      ETag: etag,
      "Cache-Control": "no-cache",
      "Content-Security-Policy": POLICY,
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
    };
    if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, headers);
    return c.body(text, 200, { ...headers, "Content-Type": `${type}; charset=utf-8` });
  };
}

async function read(source: URL): Promise<{ text: string; etag: string }> {
  const text = await Deno.readTextFile(source);
  return { text, etag: await etagOf(text) };
}
