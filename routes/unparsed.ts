import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type ProblemName, PROBLEMS, problemType } from "../openapi/problem.ts";

/** A refusal of what never becomes a request to the app. */
export interface RawProblem {
  readonly name: ProblemName;
  readonly detail: string;
}

/** A failure of the parser, with Node's code of it. */
type ParseError = Error & { readonly code?: string };

/** How long the client has to take the refusal. */
const LINGER_MS = 2000;

const REASONS: Readonly<Partial<Record<number, string>>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** The refusal as a problem (RFC 9457). */
export function rawProblem({ name, detail }: RawProblem) {
  const { title, status } = PROBLEMS[name];
  const id = crypto.randomUUID();
  const instance = `urn:midstream:request:${id}`;
  return {
    status,
    body: JSON.stringify({ type: problemType(name), title, status, detail, instance }),
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": id,
    },
  };
}

/**
 * Answers what is no request, and closes the connection. Where an answer has begun there is nothing left to say: it is cut off.
 * @param underWay the connection's latest answer
 */
export function refuseUnparsed(socket: Socket, why: RawProblem | ParseError, underWay?: ServerResponse): void {
  if (!socket.writable || (underWay?.headersSent && !underWay.writableFinished)) {
    socket.destroy();
    return;
  }
  const { status, body, headers } = rawProblem("name" in why && "detail" in why ? why : problemOf(why));
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
    `Date: ${new Date().toUTCString()}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${new TextEncoder().encode(body).byteLength}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

function problemOf({ code, message }: ParseError): RawProblem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { name: "request-too-slow", detail: "the head of the request did not come in time" };
    case "HPE_HEADER_OVERFLOW":
      return { name: "head-too-large", detail: "the request line and headers are larger than 16 KiB" };
    default:
      return { name: "malformed-request", detail: `this is not HTTP/1.1: ${message}` };
  }
}
