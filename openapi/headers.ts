/** A header of an answer, as the document describes it. */
export interface Header {
  readonly description: string;
  /** Not on every answer that names it. */
  readonly optional?: boolean;
  readonly schema: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Every header that an answer may carry beside Content-Type. The document's `components/headers` is this table. */
export const HEADERS = {
  "X-Request-Id": {
    description: "The request's id: the caller's own if it sent one, otherwise made.",
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$" },
  },
  "Cache-Control": {
    description: "`no-cache` where there is an ETag to ask with again, otherwise `no-store`.",
    schema: { type: "string" },
  },
  "X-Content-Type-Options": { description: "Always `nosniff`.", schema: { type: "string", enum: ["nosniff"] } },
  "Retry-After": {
    description: "Seconds after which to ask again.",
    schema: { type: "integer", minimum: 1 },
  },
  "WWW-Authenticate": { description: "How to show a key: the scheme `Bearer`.", schema: { type: "string" } },
  "RateLimit-Policy": {
    description: "The key's quotas, of a key that has some: `q` of them in `w` seconds.",
    optional: true,
    schema: { type: "string" },
  },
  "RateLimit": {
    description: "What is left of the key's quotas (`r`), and the seconds until there is more (`t`).",
    optional: true,
    schema: { type: "string" },
  },
  "Server-Timing": {
    description: "Milliseconds spent waiting (queue), tokenising, in the forward pass and in the lens.",
    schema: { type: "string" },
  },
  "Vary": { description: "`Accept`: the header that chooses the form of the answer.", schema: { type: "string" } },
  "ETag": { description: "Changes when the answer does; send it as If-None-Match.", schema: { type: "string" } },
  "Location": { description: "Path of what was made.", schema: { type: "string" } },
  "Accept-Ranges": { description: "Always `bytes`.", schema: { type: "string", enum: ["bytes"] } },
  "Content-Disposition": { description: "A name to save it under.", schema: { type: "string" } },
  "Content-Length": { description: "Bytes of the file.", schema: { type: "integer", minimum: 0 } },
  "Content-Range": {
    description: "Which bytes these are, of how many; with 416 only of how many.",
    schema: { type: "string" },
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

/** References to headers of the table, to be put on an answer. */
export function headerRefs<N extends HeaderName>(...names: N[]): Record<N, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) as Record<
    N,
    { $ref: string }
  >;
}
