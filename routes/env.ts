import type { Context } from "hono";

/** What the middleware tells the handlers, and the handlers the access log. */
export interface ServiceEnv {
  Variables: {
    requestId: string;
    /** Aborted when the client hangs up or the time is out; its reason is the refusal. */
    signal: AbortSignal;
    /** Begins the request's time anew: for bytes on their way, whose time is counted from the last one. */
    extend: () => void;
    /** Stops the request's work. */
    abort: (reason: unknown) => void;
    /** Settles when a streamed body is out; absent when the body is whole at once. */
    streamed?: Promise<void>;
    /** More for the request's log line. Text of the caller's only as `prompt`, which the log drops unless asked for it. */
    report?: Record<string, unknown>;
  };
}

export type ServiceContext = Context<ServiceEnv>;

/** Adds to the request's log line. */
export function report(c: ServiceContext, properties: Record<string, unknown>): void {
  c.set("report", { ...c.get("report"), ...properties });
}
