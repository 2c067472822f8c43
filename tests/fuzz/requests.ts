import assert from "node:assert/strict";
import fc from "fast-check";
import { Problem, problemType } from "../../openapi/problem.ts";
import { ActivationsRequest } from "../../openapi/schemas/activations_request.ts";
import { BatchRequest, BatchResponse } from "../../openapi/schemas/batch.ts";
import { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import { ProbeResponse } from "../../openapi/schemas/probe_response.ts";
import { DetokenizeRequest, TokenizeRequest } from "../../openapi/schemas/tokenize.ts";
import { spoiledRequest, type WireRequest } from "./spoiled_requests.ts";

const SCHEMAS = {
  "/probe": ProbeRequest,
  "/probe/stream": ProbeRequest,
  "/probe/batch": BatchRequest,
  "/probe/batch/stream": BatchRequest,
  "/activations": ActivationsRequest,
  "/tokenize": TokenizeRequest,
  "/detokenize": DetokenizeRequest,
};

/** A good probe is asked after this many cases: the service must still be right. */
const GOOD_PROBE_EVERY = 1000;

export interface MalformedRun {
  /** Sends a request whose URL is `http://localhost` + path. */
  readonly send: (request: Request) => Promise<Response>;
  readonly cases: number;
  readonly seed: number;
  /** Fails when the service does not answer a known probe as it should. */
  readonly goodProbe: () => Promise<void>;
  /** Bytes of a body that the service takes. */
  readonly maxBodyBytes: number;
}

export interface MalformedCounts {
  readonly accepted: number;
  readonly refused: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Refusals by the last part of their problem's type. */
  readonly byProblem: Readonly<Record<string, number>>;
}

/**
 * Sends spoiled requests: each must be accepted or refused as its schema says, with a status below 500 and a problem
 * where it is refused. A failure is shrunk, and printed with its seed.
 */
export async function runMalformed(run: MalformedRun): Promise<MalformedCounts> {
  const byStatus: Record<string, number> = {};
  const byProblem: Record<string, number> = {};
  let done = 0;
  await fc.assert(
    fc.asyncProperty(spoiledRequest, async (request) => {
      const response = await run.send(toRequest(request));
      const problem = await checked(request, response, run.maxBodyBytes);
      byStatus[response.status] = (byStatus[response.status] ?? 0) + 1;
      if (problem) byProblem[problem] = (byProblem[problem] ?? 0) + 1;
      if (++done % GOOD_PROBE_EVERY === 0) await run.goodProbe();
    }),
    { numRuns: run.cases, seed: run.seed, endOnFailure: false },
  );
  const total = (range: (status: number) => boolean) =>
    Object.entries(byStatus).reduce((sum, [status, count]) => range(Number(status)) ? sum + count : sum, 0);
  return { accepted: total((it) => it < 300), refused: total((it) => it >= 400), byStatus, byProblem };
}

function toRequest({ method, path, contentType, body }: WireRequest): Request {
  const headers = contentType === undefined ? {} : { "Content-Type": contentType };
  // A Blob without a type adds no Content-Type of its own.
  return new Request(`http://localhost${path}`, { method, headers, body: body ? new Blob([body as BlobPart]) : null });
}

/** Checks one answer; the problem's name where it is a refusal. */
async function checked(request: WireRequest, response: Response, maxBodyBytes: number): Promise<string | undefined> {
  const { status } = response;
  const told = `${request.method} ${request.path} → ${status}`;
  const text = await response.text();
  assert.ok(status < 300 || (status >= 400 && status < 500), `${told}: ${text.slice(0, 300)}`);
  const right = isRight(request, maxBodyBytes);
  if (status < 300) {
    assert.notEqual(right, false, `${told}, but the request is not right`);
    if (right && request.path === "/probe/batch") BatchResponse.parse(JSON.parse(text));
    if (right && request.path === "/probe") ProbeResponse.parse(JSON.parse(text));
    return undefined;
  }
  assert.equal(response.headers.get("Content-Type"), "application/problem+json", told);
  if (request.method === "HEAD") return undefined;
  const problem = Problem.parse(JSON.parse(text));
  assert.equal(problem.status, status, told);
  assert.ok(text.isWellFormed() && !/\bat \w+ \(|file:\/\/|node_modules/.test(text), `${told} tells too much: ${text}`);
  if (right) {
    assert.ok(
      status === 422 && problem.type !== problemType("invalid-request"),
      `${told}, but the schema accepts: ${text}`,
    );
  }
  return problem.type.split(":").at(-1);
}

/** Whether the schema of its path accepts a request; undefined where no schema speaks of it. */
function isRight({ method, path, contentType, body }: WireRequest, maxBodyBytes: number): boolean | undefined {
  const schema = SCHEMAS[path as keyof typeof SCHEMAS];
  if (!schema || method !== "POST") return undefined;
  if (contentType !== "application/json" || !body || body.byteLength > maxBodyBytes) return false;
  try {
    return schema.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))).success;
  } catch {
    return false;
  }
}
