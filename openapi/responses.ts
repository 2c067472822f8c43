import { headerRefs } from "./headers.ts";
import { type ProblemName, PROBLEMS, type ProblemStatus, problemType } from "./problem.ts";

/** Media type of a refusal (RFC 9457). */
const PROBLEM = "application/problem+json";

const ON_EVERY_ANSWER = headerRefs("X-Request-Id", "Cache-Control", "X-Content-Type-Options");

export const SERVER_TIMING = headerRefs("Server-Timing");
/** Of an answer whose form Accept chooses. */
export const VARY = headerRefs("Vary");
export const ETAG = headerRefs("ETag");
export const LOCATION = headerRefs("Location");

/** What a key has left, of one that has quotas. */
export const RATE_LIMIT = headerRefs("RateLimit", "RateLimit-Policy");

/** Headers of a download. */
export const OF_A_FILE = headerRefs("Accept-Ranges", "Content-Disposition", "Content-Length");
/** Headers of a part of one. */
export const OF_A_PART = headerRefs("Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range");

/** Headers of a successful answer: those of every answer, and those given. */
export const headers = <H extends object>(more: H) => ({ ...ON_EVERY_ANSWER, ...more });

/** What a refusal of a status carries beside the headers of every answer. */
const OF_A_REFUSAL: Partial<Record<ProblemStatus, object>> = {
  401: headerRefs("WWW-Authenticate"),
  416: headerRefs("Content-Range"),
  429: headerRefs("Retry-After"),
  503: headerRefs("Retry-After"),
};

/**
 * The refusals of an operation, by the names of their kinds: one entry a status, which says of which types its problems
 * are and has an example of each.
 */
export function refusals(...names: ProblemName[]) {
  const statuses = [...new Set(names.map((name) => PROBLEMS[name].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const kinds = [...new Set(names)].filter((name) => PROBLEMS[name].status === status);
      const examples = Object.fromEntries(kinds.map((name) => [name, { $ref: `#/components/examples/${name}` }]));
      return [status, {
        description: kinds.map((name) => `${PROBLEMS[name].title} (\`${name}\`).`).join(" "),
        headers: headers(OF_A_REFUSAL[status] ?? {}),
        content: { [PROBLEM]: { schema: problemOf(kinds), examples } },
      }];
    }),
  );
}

/** The refusals of an operation and more of them. */
export function moreRefusals(responses: Record<string, unknown>, ...names: ProblemName[]): Record<string, unknown> {
  const known = Object.values(responses).flatMap((response) =>
    Object.keys((response as { content?: Record<string, { examples?: object }> }).content?.[PROBLEM]?.examples ?? {})
  ) as ProblemName[];
  return { ...responses, ...refusals(...known, ...names) };
}

/** Responses that may carry more headers. */
export function withHeaders(responses: Record<string, unknown>, more: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const known = response as { readonly headers?: object };
      return [status, { ...known, headers: { ...known.headers, ...more } }];
    }),
  );
}

/** A problem of some types. Beside the reference, not in an allOf: of that, generators would make a class a status. */
function problemOf(kinds: readonly ProblemName[]) {
  return {
    $ref: "#/components/schemas/Problem",
    properties: { type: { enum: kinds.map(problemType) } },
  };
}

/** What every operation may answer: a foreign host or origin, too long a head, and a fault of ours. */
export const ALWAYS = ["foreign-host", "foreign-origin", "head-too-large", "internal-error"] as const;
/** What an operation that is not for everybody may answer to who has no key, where the service has keys. */
export const OF_A_KEY = ["key-missing", "key-unknown", "too-many-attempts"] as const;
/** What an operation that makes or changes something under a name may answer where that is another key's: hidden, or shared. */
export const OF_AN_OWNER = ["not-found", "not-owner"] as const;
/** What an operation with a JSON body may answer. */
export const OF_A_BODY = [
  "malformed-body",
  "malformed-request",
  "request-too-slow",
  "body-too-large",
  "unsupported-media-type",
  "invalid-request",
] as const;
/** What an operation that looks at the loaded model may answer while it is not. */
export const OF_THE_MODEL = ["engine-unavailable"] as const;
/** What an operation that needs the engine may answer. */
export const OF_WORK = ["queue-full", "quota-used-up", "engine-unavailable", "draining", "timeout"] as const;
/** What an operation that takes a text or a chat may answer. */
export const OF_A_TEXT = ["prompt-too-long", "prompt-empty", "no-tokenizer", "text-not-accepted"] as const;
/** What an operation that takes a prompt and positions of it may answer. */
export const OF_A_PROMPT = [...OF_A_TEXT, "unknown-token", "out-of-range"] as const;
/** What an operation that decodes may answer; `not-found` is a lens that was deleted while the request was read. */
export const OF_A_PROBE = [
  "not-found",
  ...OF_A_BODY,
  ...OF_A_PROMPT,
  "conflicting-members",
  "unknown-lens",
  "lens-does-not-fit",
  ...OF_WORK,
] as const;
