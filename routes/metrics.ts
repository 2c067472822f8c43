import { z } from "@hono/zod-openapi";
import { ALWAYS, headers, refusals } from "../openapi/responses.ts";
import type { Operation } from "./operation.ts";
import type { AppSettings } from "./parts.ts";
import type { ServiceMetrics } from "./service_metrics.ts";

/** GET /metrics: figures for Prometheus. */
export function metrics(
  { metrics, settings }: { metrics: ServiceMetrics; settings: Pick<AppSettings, "metricsPublic"> },
): Operation {
  return {
    access: settings.metricsPublic ? "public" : "admin",
    route: {
      method: "get",
      path: "/metrics",
      operationId: "getMetrics",
      tags: ["service"],
      summary: "Get figures for Prometheus",
      description: "Requests, durations, queue, tokens and rows, in Prometheus' text format.",
      responses: {
        200: { description: "The figures.", headers: headers({}), content: { "text/plain": { schema: z.string() } } },
        ...refusals(...ALWAYS),
      },
    },
    async handler(c) {
      return c.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType });
    },
  };
}
