import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { ServiceContext, ServiceEnv } from "./env.ts";
import type { Log } from "./parts.ts";
import type { ServiceMetrics } from "./service_metrics.ts";

/**
 * One log line and one count a request, when its answer is out: route, status, time, and what the handler reports.
 * Of the caller's texts only the prompt, as `prompt`: the log drops it unless asked for.
 *
 * @example
 * ```ts
 * app.use(accessLog({ log, metrics }));
 * ```
 */
export function accessLog({ log, metrics }: { log: Log; metrics: ServiceMetrics }) {
  return createMiddleware<ServiceEnv>(async function accessLog(c, next) {
    const began = performance.now();
    await next();
    const record = () => {
      const ms = performance.now() - began;
      const labels = { route: routeOf(c), method: methodOf(c), status: String(c.res.status) };
      metrics.requests.inc(labels);
      metrics.duration.observe({ route: labels.route }, ms / 1000);
      const problem = c.get("report")?.problem;
      // A balancer that asks whether it may come was refused nothing.
      if (typeof problem === "string" && labels.route !== "/readyz") metrics.refusals.inc({ problem });
      log.info("{method} {route} {status} in {ms} ms", {
        ...labels,
        status: c.res.status,
        ms: Math.round(ms * 100) / 100,
        request_id: c.get("requestId"),
        ...c.get("report"),
      });
    };
    const streamed = c.get("streamed");
    if (streamed) streamed.finally(record);
    else record();
  });
}

/** The route's pattern, so that unknown paths do not make a label each. */
function routeOf(c: ServiceContext): string {
  const path = routePath(c, -1);
  return path === "*" || path === "/*" ? "unknown" : path;
}

/** Method tokens are the caller's to invent: only the registered ones are labels. */
function methodOf(c: ServiceContext): string {
  return ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(c.req.method) ? c.req.method : "other";
}
