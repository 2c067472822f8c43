import type { JobStoreError, JobStoreErrorKind } from "../../lab/jobs/types.ts";
import type { ProblemName } from "../../openapi/problem.ts";
import { Refusal } from "../../openapi/refusal.ts";

const PROBLEM: Readonly<Record<JobStoreErrorKind, ProblemName>> = {
  notFound: "not-found",
  finished: "conflict",
  quota: "quota-used-up",
  full: "storage-full",
  noRoom: "storage-full",
  tooManyPrompts: "job-too-large",
  away: "jobs-unavailable",
};

/** Seconds after which a job may have finished, or the store be there again: nobody knows. */
const RETRY_SECONDS: Partial<Record<JobStoreErrorKind, string>> = { quota: "30", away: "5" };

/** A change of the jobs that was refused, as a refusal over HTTP. */
export function jobRefusal({ kind, message }: JobStoreError): Refusal {
  const seconds = RETRY_SECONDS[kind];
  return new Refusal(PROBLEM[kind], message, [], seconds === undefined ? {} : { "Retry-After": seconds });
}
