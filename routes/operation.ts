import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import type { Handler } from "hono";
import { type Access, authenticate, type AuthenticateParts } from "./authenticate.ts";
import type { ServiceEnv } from "./env.ts";

/** A route as the document describes it, and what answers it. */
export interface Operation {
  /** Who may use it, where the service has keys. */
  readonly access: Access;
  readonly route: RouteConfig;
  readonly handler: Handler<ServiceEnv>;
}

/**
 * Adds an operation to the document and to the router. Not `app.openapi()`: its validators read bodies without a bound,
 * answer with the library's words, and let a body of the wrong type through.
 */
export function addOperation(
  app: OpenAPIHono<ServiceEnv>,
  { access, route, handler }: Operation,
  gate: AuthenticateParts,
): void {
  app.openAPIRegistry.registerPath(route);
  app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(.+?)\}/g, ":$1"), authenticate(gate, access), handler);
}
