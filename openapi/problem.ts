import { z } from "@hono/zod-openapi";

interface ProblemKind {
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 408
    | 409
    | 412
    | 413
    | 415
    | 416
    | 422
    | 424
    | 429
    | 431
    | 500
    | 503
    | 504
    | 507;
  readonly title: string;
  /** For people, in the document: when it happens and what to do about it. */
  readonly meaning: string;
}

/** Every kind of refusal there is (RFC 9457). The document's enum, the titles and the statuses are made from this table. */
export const PROBLEMS = {
  "malformed-body": { status: 400, title: "The body is not JSON", meaning: "The body is not UTF-8, or not JSON." },
  "malformed-request": {
    status: 400,
    title: "The request is malformed",
    meaning: "The connection broke while the body was read, or a header asks for what no body can be.",
  },
  "key-missing": {
    status: 401,
    title: "This needs a key",
    meaning: "The service has keys, and the request has none: send `Authorization: Bearer <secret>`.",
  },
  "key-unknown": {
    status: 401,
    title: "There is no such key",
    meaning: "The secret is of no key of this service; it may have been revoked or rotated.",
  },
  "role-too-low": {
    status: 403,
    title: "This key may not do that",
    meaning: "The key's role is not enough: `upload` changes lenses, `admin` sees the metrics.",
  },
  "not-owner": {
    status: 403,
    title: "This belongs to another key",
    meaning: "It is shared, so it may be used; only the key that made it, and an admin's, may change it.",
  },
  "foreign-host": {
    status: 403,
    title: "This host name is not served",
    meaning: "A loopback service was asked under a name that is not a loopback name: add it with --allowed-host.",
  },
  "foreign-origin": {
    status: 403,
    title: "This web page may not use the service",
    meaning: "A loopback service was asked by a page of another site: add its host with --allowed-host.",
  },
  "not-found": { status: 404, title: "There is nothing here", meaning: "No such path, or no lens or job of that id." },
  "method-not-allowed": {
    status: 405,
    title: "This path does not take that method",
    meaning: "The path exists; the header Allow lists its methods.",
  },
  "request-too-slow": {
    status: 408,
    title: "The request came too slowly",
    meaning: "Its head or its body was waited for too long; the connection is closed.",
  },
  "conflict": {
    status: 409,
    title: "What is there cannot be changed so",
    meaning:
      "The lens is built in or was given at the start of the service, the job is finished, or something else changed it " +
      "meanwhile: look, and try again.",
  },
  "precondition-failed": {
    status: 412,
    title: "It is not as the request says",
    meaning: "If-Match or If-None-Match names another state than the one there is.",
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    meaning: "The body, or a line of a job's, is larger than limits.body_bytes of GET /model.",
  },
  "lens-too-large": {
    status: 413,
    title: "The lens is too large",
    meaning: "The file is larger than limits.lens_bytes of GET /model.",
  },
  "job-too-large": {
    status: 413,
    title: "The job has too many prompts",
    meaning: "It has more than limits.job_prompts of GET /model: make several jobs of it.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The body has the wrong type",
    meaning:
      "Content-Type must be application/json, of a job also application/x-ndjson; of a lens application/octet-stream, or none.",
  },
  "range-not-satisfiable": {
    status: 416,
    title: "There are no such bytes",
    meaning: "The range begins behind the last byte; Content-Range tells the size.",
  },
  "invalid-request": {
    status: 422,
    title: "The request is not acceptable",
    meaning: "One or several members are wrong; `errors` lists each with its JSON pointer.",
  },
  "conflicting-members": {
    status: 422,
    title: "Members of the request do not go together",
    meaning:
      "Each is right alone: a statistic of two lenses without `against`, norm `final` with a trained lens, prompts given " +
      "in two ways, a job's results in a form that they have not enough for, tokens looked up by text and by id.",
  },
  "prompt-too-long": {
    status: 422,
    title: "The prompt is too long",
    meaning: "The prompt has more tokens (or characters) than this service takes.",
  },
  "prompt-empty": { status: 422, title: "The prompt is empty", meaning: "The prompt has no token at all." },
  "no-tokenizer": {
    status: 422,
    title: "This model has no tokenizer",
    meaning: "The model's folder has no readable tokenizer: give token ids instead of text.",
  },
  "text-not-accepted": {
    status: 422,
    title: "The tokenizer does not take this text",
    meaning: "For example messages for a model without a chat template, or roles that its template refuses.",
  },
  "unknown-lens": { status: 422, title: "There is no such lens", meaning: "The detail names those there are." },
  "lens-refused": {
    status: 422,
    title: "This file is not a lens that can be used here",
    meaning:
      "It cannot be read, or does not fit the model; the detail names the record, tensor or key, and what is right.",
  },
  "lens-does-not-fit": {
    status: 422,
    title: "The lens does not fit the loaded model",
    meaning: "It was stored for another model; the detail says what differs.",
  },
  "digest-mismatch": {
    status: 422,
    title: "The bytes are not those announced",
    meaning: "Their sha256 is not the one that Repr-Digest or `sha256` states: send them again.",
  },
  "not-published": {
    status: 422,
    title: "The hub has no such lens",
    meaning: "No repository, revision or file of that name, no lens for the loaded model, or several to choose from.",
  },
  "unknown-token": {
    status: 422,
    title: "There is no such token",
    meaning: "A token id outside the vocabulary, or a tracked text that is not one token.",
  },
  "out-of-range": {
    status: 422,
    title: "There is no such layer or position",
    meaning: "A layer or position outside the model or the prompt; the detail names the range.",
  },
  "response-too-large": {
    status: 422,
    title: "The answer would be too large",
    meaning: "The answer would be larger than limits.response_bytes of GET /model: narrow it, or use /probe/stream.",
  },
  "hub-failed": {
    status: 424,
    title: "The hub refused, or is away",
    meaning: "The detail says what the hub said, and where to ask for access.",
  },
  "queue-full": {
    status: 429,
    title: "Too many requests are waiting",
    meaning: "Every place in the queue is taken; Retry-After says when to come again.",
  },
  "too-many-attempts": {
    status: 429,
    title: "Too many requests without a key",
    meaning: "This address keeps asking without a key of this service; Retry-After says when it is answered again.",
  },
  "quota-used-up": {
    status: 429,
    title: "The key's quota is used up",
    meaning:
      "Tokens or rows a minute, requests in flight, or unfinished jobs of this key; Retry-After says when there is room.",
  },
  "head-too-large": {
    status: 431,
    title: "The head of the request is too large",
    meaning: "The request line and headers have more than 16 KiB; the connection is closed.",
  },
  "internal-error": {
    status: 500,
    title: "The service failed",
    meaning: "A fault of the service. The log has its cause under the request id in `instance`.",
  },
  "engine-unavailable": {
    status: 503,
    title: "The model is not ready",
    meaning:
      "It is loading, restarting, or its process ended during this request; Retry-After says when to come again.",
  },
  "draining": {
    status: 503,
    title: "The service is stopping",
    meaning: "It finishes what it has and takes nothing new; Retry-After says when to come again.",
  },
  "jobs-unavailable": {
    status: 503,
    title: "The jobs cannot be reached",
    meaning: "The place where jobs are kept is away or cannot be written; Retry-After says when to come again.",
  },
  "timeout": {
    status: 504,
    title: "The request took too long",
    meaning: "--request-timeout ran out; the work was stopped.",
  },
  "storage-full": {
    status: 507,
    title: "There is no room for it",
    meaning: "The disk, or the room for lenses or jobs, is full; nothing was kept.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemName = keyof typeof PROBLEMS;
export type ProblemStatus = ProblemKind["status"];

/** The `type` of a problem. A URN, because a URL would depend on where the service is mounted. */
export const problemType = (name: ProblemName) => `urn:midstream:problem:${name}` as const;

const names = Object.keys(PROBLEMS) as ProblemName[];

export const ProblemType = z.enum(names.map(problemType)).openapi("ProblemType", {
  description: "What kind of refusal this is:\n" +
    names.map((name) => `- \`${problemType(name)}\` (${PROBLEMS[name].status}): ${PROBLEMS[name].meaning}`).join("\n"),
});

export const FaultPlace = z.enum(["body", "query", "path", "header"]).openapi("FaultPlace", {
  description: "The part of the request that a fault is in.",
});

export const Fault = z.object({
  in: FaultPlace,
  name: z.string().optional().openapi({ description: "Name of the header or parameter." }),
  line: z.int().optional().openapi({ description: "Line of an NDJSON body, from 1; `pointer` leads into it." }),
  pointer: z.string().optional().openapi({
    description: "JSON pointer (RFC 6901) into the body; empty for all of it.",
  }),
  detail: z.string().openapi({ description: "What is wrong, and what would be right." }),
}).openapi("Fault", { description: "One fault of a request." });
export type Fault = z.infer<typeof Fault>;

export const Problem = z.object({
  type: ProblemType,
  title: z.string().openapi({ description: "The kind of refusal in words." }),
  status: z.int().openapi({ description: "The HTTP status." }),
  detail: z.string().openapi({ description: "What was wrong with this request, and what would be right." }),
  instance: z.string().openapi({
    description: "This very occurrence: the request's id, to quote and to find in the log.",
  }),
  errors: z.array(Fault).optional().openapi({
    description: "Every fault found, where there is something to point at.",
  }),
}).openapi("Problem", { description: "A refusal (RFC 9457)." });
export type Problem = z.infer<typeof Problem>;
