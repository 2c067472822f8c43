import type { Context } from "hono";
import type { AuditSource } from "../lab/audit/audit_log.ts";
import type { Caller } from "../lab/keys/caller.ts";

/** What the middleware tells the handlers, and the handlers the access log. */
export interface ServiceEnv {
  Bindings: {
    /** Address of the socket's other end; undefined where there is no socket. */
    remoteAddress?: string | undefined;
  };
  Variables: {
    requestId: string;
    /** Address of the client, as far as it is known for sure. */
    address: string;
    /** Who asks. Of an operation that is for everybody: nobody in particular. */
    caller: Caller;
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

/** Who asks, for the audit log. */
export function sourceOf(c: ServiceContext): AuditSource {
  return { key: c.get("caller")?.id ?? null, address: c.get("address"), requestId: c.get("requestId") };
}
