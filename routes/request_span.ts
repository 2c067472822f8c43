import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { ServiceEnv } from "./env.ts";

/**
 * The span of a request, from its head to the end of its answer, within the trace that its `traceparent` names (W3C). Deno's own of
 * node:http is nobody's parent. Where Deno does not trace, nothing is made.
 *
 * @example
 * ```ts
 * app.use(requestSpan());
 * ```
 */
export function requestSpan() {
  return createMiddleware<ServiceEnv>(async function requestSpan(c, next) {
    const here = context.active();
    if (here === ROOT_CONTEXT) return await next();
    const parent = propagation.extract(here, Object.fromEntries(c.req.raw.headers));
    const span = trace.getTracer("midstream").startSpan(
      c.req.method,
      { kind: SpanKind.SERVER, attributes: { "http.request.method": c.req.method } },
      parent,
    );
    await context.with(trace.setSpan(parent, span), next);
    const path = routePath(c, -1);
    const end = () => {
      span.updateName(`${c.req.method} ${path}`);
      span.setAttributes({ "http.route": path, "http.response.status_code": c.res.status });
      span.setAttribute("request_id", c.get("requestId"));
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    };
    const streamed = c.get("streamed");
    if (streamed) streamed.finally(end);
    else end();
  });
}
