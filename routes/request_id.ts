import { createMiddleware } from "hono/factory";
import type { ServiceEnv } from "./env.ts";

const WELL_FORMED = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Gives every request an id: the caller's X-Request-Id where it is well-formed, otherwise a new one. Every answer carries it.
 *
 * @example
 * ```ts
 * app.use(requestId());
 * ```
 */
export function requestId(make: () => string = () => crypto.randomUUID()) {
  return createMiddleware<ServiceEnv>(async function requestId(c, next) {
    const given = c.req.header("X-Request-Id");
    const id = given !== undefined && WELL_FORMED.test(given) ? given : make();
    c.set("requestId", id);
    await next();
    c.header("X-Request-Id", id);
    c.header("X-Content-Type-Options", "nosniff");
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });
}
