import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import type { Handler } from "hono";
import { moreRefusals, OF_A_KEY, RATE_LIMIT, withHeaders } from "../openapi/responses.ts";
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
  app.openAPIRegistry.registerPath(access === "public" ? route : behindKeys(route, access));
  app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(.+?)\}/g, ":$1"), authenticate(gate, access), handler);
}

/** What the document says of an operation that is not for everybody: on a service with keys it needs one. */
function behindKeys(route: RouteConfig, role: Exclude<Access, "public">): RouteConfig {
  const kinds = role === "read" ? OF_A_KEY : [...OF_A_KEY, "role-too-low" as const];
  const responses = moreRefusals(route.responses, ...kinds);
  return {
    ...route,
    // Either: which of them holds is the deployment's, and the document is the same for all.
    security: [{}, { key: [] }],
    responses: withHeaders(responses, RATE_LIMIT) as RouteConfig["responses"],
  };
}
