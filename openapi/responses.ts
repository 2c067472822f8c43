import { headerRefs } from "./headers.ts";
import { Problem, type ProblemName, PROBLEMS, type ProblemStatus } from "./problem.ts";

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
  416: headerRefs("Content-Range"),
  429: headerRefs("Retry-After"),
  503: headerRefs("Retry-After"),
};

/** The refusals of an operation, one entry a status, as problem+json with an example of each kind. */
export function refusals(...statuses: ProblemStatus[]) {
  const names = Object.keys(PROBLEMS) as ProblemName[];
  return Object.fromEntries(
    statuses.map((status) => {
      const kinds = names.filter((name) => PROBLEMS[name].status === status);
      const examples = Object.fromEntries(kinds.map((name) => [name, { $ref: `#/components/examples/${name}` }]));
      return [status, {
        description: kinds.map((name) => `${PROBLEMS[name].title} (\`${name}\`).`).join(" "),
        headers: headers(OF_A_REFUSAL[status] ?? {}),
        content: { "application/problem+json": { schema: Problem, examples } },
      }];
    }),
  );
}

/** What every operation may answer: a foreign host or origin, and a fault of ours. */
export const ALWAYS = [403, 500] as const;
/** What an operation with a JSON body may answer. */
export const OF_A_BODY = [400, 413, 415, 422] as const;
/** What an operation that needs the engine may answer. */
export const OF_WORK = [429, 503, 504] as const;
