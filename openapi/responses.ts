import { Problem, type ProblemName, PROBLEMS, type ProblemStatus, problemType } from "./problem.ts";

const REQUEST_ID = {
  "X-Request-Id": {
    description: "The request's id: the caller's own if it sent one, otherwise made.",
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$" },
  },
} as const;

const RETRY_AFTER = {
  "Retry-After": {
    description: "Seconds after which to ask again.",
    schema: { type: "integer", minimum: 1 },
  },
} as const;

export const SERVER_TIMING = {
  "Server-Timing": {
    description: "Milliseconds spent waiting (queue), tokenising, in the forward pass and in the lens.",
    schema: { type: "string" },
  },
} as const;

export const ETAG = {
  ETag: { description: "Changes when the answer does; send it as If-None-Match.", schema: { type: "string" } },
} as const;

export const LOCATION = {
  Location: { description: "Path of what was made.", schema: { type: "string" } },
} as const;

/** Headers of a download. */
export const OF_A_FILE = {
  "Accept-Ranges": { description: "Always `bytes`.", schema: { type: "string", const: "bytes" } },
  "Content-Disposition": { description: "A name to save it under.", schema: { type: "string" } },
  "Content-Range": { description: "Which bytes these are, of how many; with 206.", schema: { type: "string" } },
} as const;

/** Headers of a successful answer: the request's id and those given. */
export const headers = <H extends object>(more: H) => ({ ...REQUEST_ID, ...more });

/** The refusals of an operation, one entry a status, as problem+json. */
export function refusals(...statuses: ProblemStatus[]) {
  const names = Object.keys(PROBLEMS) as ProblemName[];
  return Object.fromEntries(
    statuses.map((status) => {
      const kinds = names.filter((name) => PROBLEMS[name].status === status);
      const waits = status === 429 || status === 503;
      return [status, {
        description: kinds.map((name) => `${PROBLEMS[name].title} (\`${name}\`).`).join(" "),
        headers: waits ? headers(RETRY_AFTER) : REQUEST_ID,
        content: { "application/problem+json": { schema: Problem, example: exampleOf(kinds[0]!) } },
      }];
    }),
  );
}

function exampleOf(name: ProblemName): Problem {
  const { status, title, meaning } = PROBLEMS[name];
  return {
    type: problemType(name),
    title,
    status,
    detail: meaning,
    instance: "urn:midstream:request:7f0c1c5e-1f53-4a3e-8a54-0d9f3a0f7c11",
  };
}

/** What every operation may answer: a foreign host or origin, and a fault of ours. */
export const ALWAYS = [403, 500] as const;
/** What an operation with a JSON body may answer. */
export const OF_A_BODY = [400, 413, 415, 422] as const;
/** What an operation that needs the engine may answer. */
export const OF_WORK = [429, 503, 504] as const;
