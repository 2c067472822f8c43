import { headerRefs } from "./headers.ts";
import { type ProblemName, PROBLEMS, type ProblemStatus, problemType } from "./problem.ts";

const ON_EVERY_ANSWER = headerRefs("X-Request-Id", "Cache-Control", "X-Content-Type-Options");

export const SERVER_TIMING = headerRefs("Server-Timing");
/** Of an answer whose form Accept chooses. */
export const VARY = headerRefs("Vary");
export const ETAG = headerRefs("ETag");
export const LOCATION = headerRefs("Location");

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
        content: { "application/problem+json": { schema: problemOf(kinds), examples } },
      }];
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

/** What every operation may answer: a foreign host or origin, and a fault of ours. */
export const ALWAYS = ["foreign-host", "foreign-origin", "internal-error"] as const;
/** What an operation with a JSON body may answer. */
export const OF_A_BODY = [
  "malformed-body",
  "malformed-request",
  "body-too-large",
  "unsupported-media-type",
  "invalid-request",
] as const;
/** What an operation that looks at the loaded model may answer while it is not. */
export const OF_THE_MODEL = ["engine-unavailable"] as const;
/** What an operation that needs the engine may answer. */
export const OF_WORK = ["queue-full", "engine-unavailable", "draining", "timeout"] as const;
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
