import { createMiddleware } from "hono/factory";
import { quote, Refusal } from "../openapi/refusal.ts";
import type { ServiceEnv } from "./env.ts";

/**
 * Refuses requests under a name that is not this machine's, and from pages of other sites: a web page must not reach a
 * local service by letting its own name resolve to 127.0.0.1 (DNS rebinding).
 *
 * @example
 * ```ts
 * app.use(hostGuard({ allowedHosts: ["lab.example"] }));
 * ```
 */
export function hostGuard(options: { allowedHosts: readonly string[]; corsOrigins?: readonly string[] }) {
  const allowed = new Set(options.allowedHosts.map((name) => name.toLowerCase()));
  const isHome = (name: string) => isLoopback(name) || allowed.has(name);

  return createMiddleware<ServiceEnv>(async function hostGuard(c, next) {
    const host = c.req.header("Host") ?? new URL(c.req.url).host;
    const name = hostName(`http://${host}`);
    if (name === undefined || !isHome(name)) {
      throw new Refusal("foreign-host", `the host ${quote(host)} is neither a loopback name nor in --allowed-host`, [
        { in: "header", name: "Host", detail: "must be a loopback name or one given by --allowed-host" },
      ]);
    }
    const origin = c.req.header("Origin");
    if (origin !== undefined && !options.corsOrigins?.includes(origin) && !isHome(hostName(origin) ?? "")) {
      throw new Refusal("foreign-origin", `pages of ${quote(origin)} may not use this service`, [
        { in: "header", name: "Origin", detail: "must be of a loopback name or one given by --allowed-host" },
      ]);
    }
    await next();
  });
}

function hostName(url: string): string | undefined {
  try {
    return new URL(url).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

/** RFC 6761 for the names; URL parsing has already made 127.1 and 0x7f000001 into dotted form. */
function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}
