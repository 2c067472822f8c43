import { HTTPException } from "hono/http-exception";
import { type Problem, type ProblemName, PROBLEMS, problemType } from "../openapi/problem.ts";
import { Refusal } from "../openapi/refusal.ts";
import { LensImportError, LensSourceError } from "../lens/library/import_lens.ts";
import { LensLibraryError } from "../lens/library/types.ts";
import { JobStoreError } from "../lab/jobs/types.ts";
import { Draining, QueueFull } from "../lab/admission/admission.ts";
import { QuotaUsedUp } from "../lab/quota/quotas.ts";
import { EngineUnavailable } from "../model/engine/engine.ts";
import { ClientGone } from "./deadline.ts";
import { report, type ServiceContext } from "./env.ts";
import { importRefusal, libraryRefusal } from "./lenses/library_refusal.ts";
import { jobRefusal } from "./jobs/job_refusal.ts";
import type { Log } from "./parts.ts";

/** Seconds after which a caller may find another instance, or this one again, behind the same name. */
const AFTER_DRAINING_SECONDS = 5;

/** For the log and the metrics only: nobody reads it. The number is nginx' convention. */
const CLIENT_GONE_STATUS = 499;

/** The one place that turns what was thrown into a refusal. What is not known is a fault of ours: logged, not told. */
export function refusalFor(error: unknown, requestId: string, log: Log): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof EngineUnavailable) {
    return unavailable("engine-unavailable", error.message, error.retryAfterSeconds);
  }
  if (error instanceof QueueFull) return unavailable("queue-full", error.message, error.retryAfterSeconds);
  if (error instanceof QuotaUsedUp) return unavailable("quota-used-up", error.message, error.retryAfterSeconds);
  if (error instanceof LensLibraryError) return libraryRefusal(error);
  if (error instanceof LensImportError || error instanceof LensSourceError) return importRefusal(error);
  if (error instanceof JobStoreError) return jobRefusal(error);
  if (error instanceof Draining) return unavailable("draining", error.message, AFTER_DRAINING_SECONDS);
  if (error instanceof HTTPException && error.status < 500) {
    return new Refusal("malformed-request", "the request is malformed");
  }
  log.error("request {request_id} failed", { request_id: requestId, error });
  return new Refusal("internal-error", `the service failed; its log has the cause under the request id ${requestId}`);
}

function unavailable(problem: ProblemName, detail: string, seconds: number): Refusal {
  return new Refusal(problem, detail, [], { "Retry-After": String(Math.max(1, Math.ceil(seconds))) });
}

/** A refusal as the object of RFC 9457. */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  const { status, title } = PROBLEMS[refusal.problem];
  return {
    type: problemType(refusal.problem),
    title,
    status,
    detail: refusal.detail,
    instance: `urn:midstream:request:${requestId}`,
    ...(refusal.faults.length > 0 ? { errors: [...refusal.faults] } : {}),
  };
}

/** A refusal as an answer. */
export function refuse(c: ServiceContext, refusal: Refusal): Response {
  report(c, { problem: refusal.problem });
  const problem = problemOf(refusal, c.get("requestId"));
  return c.body(JSON.stringify(problem), PROBLEMS[refusal.problem].status, {
    ...refusal.headers,
    "Content-Type": "application/problem+json",
  });
}

/** `app.onError`: the reason of an aborted request counts before what the abort made fail. */
export function onError(log: Log) {
  return (error: Error, c: ServiceContext): Response => {
    const signal = c.get("signal") as AbortSignal | undefined;
    const cause = signal?.aborted ? signal.reason : error;
    if (cause instanceof ClientGone) return new Response(null, { status: CLIENT_GONE_STATUS });
    return refuse(c, refusalFor(cause, c.get("requestId"), log));
  };
}
