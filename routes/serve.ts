import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { belowBase } from "./base_path.ts";
import { type ProblemName, PROBLEMS, problemType } from "../openapi/problem.ts";

/** How long a client may go on sending a body that was refused. */
const DISCARD_MS = 5000;

/**
 * How long a connection may stand idle. Node's five seconds are fewer than clients and proxies keep one for (60 and more),
 * and a request that is sent as the connection is closed comes to nothing.
 */
const KEEP_ALIVE_MS = 75_000;

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
export async function serve(fetch: Fetch, { hostname, port, base = "" }: ServeOptions): Promise<HttpServer> {
  const answering = new Set<Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const out = new Promise<void>((resolve) => outgoing.once("close", resolve));
    answering.add(out);
    out.then(() => answering.delete(out));
    answer(fetch, base, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
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

async function answer(fetch: Fetch, base: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client hung up"));
  });
  const target = belowBase(base, incoming.url ?? "/");
  const request = target === null ? undefined : requestOf(incoming, target, gone.signal);
  const response = target === null
    ? outsideBase(base)
    : request
    ? await fetch(request, { remoteAddress: incoming.socket.remoteAddress })
    : malformed();
  const location = response.headers.get("Location");
  if (location?.startsWith("/")) response.headers.set("Location", base + location);
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body) await pipe(response.body, outgoing, gone.signal);
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

/** Undefined for what no Request can say: a target that is no path, or a name that is none. */
function requestOf(incoming: IncomingMessage, url: string, signal: AbortSignal): Request | undefined {
  const { method = "GET", rawHeaders } = incoming;
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
    const body = method === "GET" || method === "HEAD" ? null : bodyOf(incoming);
    return new Request(target, { method, headers, body, signal, ...(body ? { duplex: "half" } : {}) } as RequestInit);
  } catch {
    return undefined;
  }
}

/** The body as it comes, no faster than it is read; one that is cancelled is let through unread, so that the answer arrives. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let open = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      incoming.pause();
      incoming.on("data", (chunk: Uint8Array) => {
        if (!open) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      const close = (finish: () => void) => () => {
        if (open) finish();
        open = false;
      };
      incoming.once("end", close(() => controller.close()));
      incoming.once("error", close(() => controller.error(new Error("the connection broke"))));
      incoming.once("close", close(() => controller.error(new Error("the connection broke"))));
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      open = false;
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}

/** Writes a body no faster than the client reads; a hang-up cancels it, and a body that breaks breaks the connection. */
async function pipe(body: ReadableStream<Uint8Array>, outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel(gone.reason).catch(() => {});
  gone.addEventListener("abort", cancel);
  if (gone.aborted) cancel();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!outgoing.write(part.value) && !gone.aborted) await drained(outgoing);
    }
  } finally {
    gone.removeEventListener("abort", cancel);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}

function malformed(): Response {
  return problem("malformed-request", "the request line names no method and path of this service");
}

function outsideBase(base: string): Response {
  return problem("not-found", `everything lies below ${base}`);
}

/** A refusal of what never becomes a request to the app. */
function problem(name: ProblemName, detail: string): Response {
  const { title, status } = PROBLEMS[name];
  const instance = `urn:midstream:request:${crypto.randomUUID()}`;
  return new Response(JSON.stringify({ type: problemType(name), title, status, detail, instance }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}
