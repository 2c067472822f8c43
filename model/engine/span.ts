import { type Attributes, type Context, context, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";

/**
 * Runs `work` as a span of the request that is being served, where Deno traces (OTEL_DENO=true): it makes the request's own span, and
 * carries the trace to the engine process. Without tracing there is no context either, and nothing is made.
 */
export async function inSpan<T>(name: string, attributes: () => Attributes, work: () => Promise<T>): Promise<T> {
  if (context.active() === ROOT_CONTEXT) return await work();
  return await trace.getTracer("midstream").startActiveSpan(name, { attributes: attributes() }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** As inSpan(), for work that waits for nothing. */
export function inSpanSync<T>(name: string, attributes: () => Attributes, work: () => T): T {
  if (context.active() === ROOT_CONTEXT) return work();
  return trace.getTracer("midstream").startActiveSpan(name, { attributes: attributes() }, (span) => {
    try {
      return work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Whose trace this is: for work that goes on where somebody else's began. */
export function traceHere(): Context {
  return context.active();
}

/** Runs `work` within a trace. */
export function inTrace<T>(trace: Context, work: () => T): T {
  return context.with(trace, work);
}
