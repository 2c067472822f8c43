import type { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { quote, Refusal } from "../openapi/refusal.ts";
import type { ServiceContext, ServiceEnv } from "./env.ts";
import { refuse } from "./refuse.ts";

/** Answers OPTIONS with the methods of a path, and a method that the path does not take with 405; both carry Allow. */
export function allowedMethods(app: Hono<ServiceEnv>) {
  return methodNotAllowed({
    app: app as unknown as Hono,
    onMethodNotAllowed: (context, methods) => {
      const c = context as unknown as ServiceContext;
      const Allow = [...methods, "OPTIONS"].join(", ");
      if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow } });
      const detail = `${quote(c.req.path)} does not take ${quote(c.req.method)}; it takes ${Allow}`;
      return refuse(c, new Refusal("method-not-allowed", detail, [], { Allow }));
    },
  });
}
