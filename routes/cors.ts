import { cors as honoCors } from "hono/cors";

/** Headers of answers that a page may read beside the simple ones. */
const EXPOSED = [
  "Content-Disposition",
  "Content-Range",
  "ETag",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Server-Timing",
  "WWW-Authenticate",
  "X-Request-Id",
];

/**
 * Lets pages of the origins named use the service (CORS), and of no others. Keys travel in a header, so no credentials.
 *
 * @example
 * ```ts
 * app.use(cors(["https://notebook.lab.example"]));
 * ```
 */
export function cors(origins: readonly string[]) {
  return honoCors({
    origin: [...origins],
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: EXPOSED,
    maxAge: 600,
  });
}
