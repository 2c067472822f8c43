import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { belowBase } from "./base_path.ts";
import { incomingBody } from "./incoming_body.ts";
import { writeBody } from "./outgoing_body.ts";
import type { PaceBounds } from "./pace.ts";
import { type RawProblem, rawProblem, refuseUnparsed } from "./unparsed.ts";
import { UnreadAnswers } from "./unread_answers.ts";

/** How long a client may go on sending a body that was refused. */
const DISCARD_MS = 5000;

/**
 * How long a connection may stand idle. Node's five seconds are fewer than clients and proxies keep one for (60 and more),
 * and a request that is sent as the connection is closed comes to nothing.
 */
const KEEP_ALIVE_MS = 75_000;

/** Bytes of a request's head. Node's 16 KiB are as much as proxies let through. */
const HEAD_BYTES = 1 << 14;

/** Connections at a time; more are closed at once. Each may have a request in memory, and takes a file descriptor. */
const CONNECTIONS = 4096;

/** How long each part of an exchange may be waited for. */
export interface ServePaces {
  /** Until a head is complete. */
  readonly headMs: number;
  readonly request: PaceBounds;
  readonly answer: PaceBounds;
}

/** A megabyte in 17 minutes is slow on any line that carries prompts; an answer may be read with pauses, not for ever. */
const PACES: ServePaces = {
  headMs: 20_000,
  request: { graceMs: 30_000, bytesPerSecond: 1000 },
  answer: { graceMs: 60_000, bytesPerSecond: 0 },
};

/** What is known of a connection beside its request. */
export interface Connection {
  /** Address of the socket's other end. */
  readonly remoteAddress: string | undefined;
}

type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

export interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  /** Path below which everything lies; empty: the root. */
  readonly base?: string;
  readonly paces?: ServePaces;
}

/** What the answers of a server have in common. */
interface Serving {
  readonly fetch: Fetch;
  readonly base: string;
  readonly paces: ServePaces;
  readonly unread: UnreadAnswers;
}

export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /** Takes no new connection, lets the answers under way finish, and ends. */
  shutdown(): Promise<void>;
}

/**
 * Serves a fetch handler over HTTP/1.1 through node:http. Not Deno.serve: there (2.9.6) a hang-up is heard only after the
 * answer when the request's body came in a later read than its head, which is every body above some 450 bytes.
 *
 * @throws when the address cannot be listened on
 */
export async function serve(
  fetch: Fetch,
  { hostname, port, base = "", paces = PACES }: ServeOptions,
): Promise<HttpServer> {
  const answering = new Set<Promise<void>>();
  const underWay = new WeakMap<Socket, ServerResponse>();
  const serving: Serving = { fetch, base, paces, unread: new UnreadAnswers() };
  const take = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const out = new Promise<void>((resolve) => outgoing.once("close", resolve));
    answering.add(out);
    out.then(() => answering.delete(out));
    underWay.set(incoming.socket, outgoing);
    answer(serving, incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server = createServer({
    headersTimeout: paces.headMs,
    requestTimeout: 0, // A lens may take hours: the pace is what counts.
    connectionsCheckingInterval: Math.min(1000, paces.headMs / 4),
    maxHeaderSize: HEAD_BYTES,
    requireHostHeader: false, // Node's own refusal has no body; ours has.
  }, take);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = CONNECTIONS;
  // An expectation that is not understood may be ignored (RFC 9110, 10.1.1).
  server.on("checkExpectation", take);
  server.on("connect", (_incoming, socket) => refuseUnparsed(socket as Socket, MALFORMED));
  server.on("clientError", (error, socket) => refuseUnparsed(socket as Socket, error, underWay.get(socket as Socket)));
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(port, hostname, listening.resolve);
  await listening.promise;
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    hostname: address,
    port: bound,
    async shutdown() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      while (answering.size > 0) await Promise.all(answering);
      // Deno (2.9.6) counts a connection that carried two bodies as never idle, even after it is closed.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(serving: Serving, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { fetch, base, paces, unread } = serving;
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client hung up"));
  });
  const target = belowBase(base, incoming.url ?? "/");
  const isBase = base !== "" && target !== null && !target.startsWith("/");
  const request = target === null || isBase ? undefined : requestOf(incoming, target, gone.signal, paces.request);
  const response = target === null
    ? problem({ name: "not-found", detail: `everything lies below ${base}` })
    : isBase
    ? new Response(null, { status: 308, headers: { Location: `/${target}` } })
    : request
    ? await fetch(request, { remoteAddress: incoming.socket.remoteAddress })
    : problem(MALFORMED, { Connection: "close" });
  const location = response.headers.get("Location");
  if (location?.startsWith("/")) response.headers.set("Location", base + location);
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body) await writeBody(response.body, outgoing, { gone: gone.signal, unread, bounds: paces.answer });
  outgoing.end();
  if (!incoming.complete) discard(incoming);
}

/** Lets the rest of a body through unread, for a while: a client that still sends would not hear the answer otherwise. */
function discard(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.destroy(), DISCARD_MS);
  incoming.once("close", () => clearTimeout(timer));
  // Whoever was to read the body would hold it back: the connection's next request would wait behind it.
  incoming.removeAllListeners("data");
  incoming.resume();
}

/** Undefined for what no Request can say: a target that is no path, a name that is none, no host (RFC 9112, 3.2). */
function requestOf(
  incoming: IncomingMessage,
  url: string,
  signal: AbortSignal,
  pace: PaceBounds,
): Request | undefined {
  const { method = "GET", rawHeaders } = incoming;
  if (incoming.httpVersion !== "1.0" && incoming.headers.host === undefined) return undefined;
  const headers = new Headers();
  try {
    for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
    // The Host header stays what it was: the guard looks at that, not at this URL.
    const target = url.startsWith("/") ? `http://localhost${url}` : url;
    if (method === "TRACE") {
      // No Request is made with a method that fetch forbids; and yet every path answers it, with 405.
      const request = new Request(target, { headers, signal });
      return Object.defineProperty(request, "method", { value: method });
    }
    const body = method === "GET" || method === "HEAD" ? null : incomingBody(incoming, pace);
    return new Request(target, { method, headers, body, signal, ...(body ? { duplex: "half" } : {}) } as RequestInit);
  } catch {
    return undefined;
  }
}

const MALFORMED: RawProblem = {
  name: "malformed-request",
  detail: "the request names no host, method and path of this service",
};

function problem(what: RawProblem, more: Record<string, string> = {}): Response {
  const { status, body, headers } = rawProblem(what);
  return new Response(body, { status, headers: { ...headers, ...more } });
}
