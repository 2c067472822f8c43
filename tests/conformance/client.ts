import type { Json } from "../../openapi/json.ts";
import type { Operation } from "./document/operation.ts";

/** A request of an operation, as it goes over the wire. */
export interface OperationRequest {
  readonly operation: Operation;
  /** As in the document, unless it is another on purpose. */
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Without parameters; undefined where there is none. */
  readonly mediaType: string | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Exchange {
  readonly request: OperationRequest;
  readonly answer: Answer;
}

/** Longest that an answer may take, in ms: beyond it the service hangs. */
const HANGS_MS = 60_000;
/** Bytes of a body that a report shows. */
const SHOWN = 1500;

/** A request that was never answered whole. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(readonly request: OperationRequest, cause: unknown) {
    super(`there is no answer: ${[cause, (cause as Error).cause].filter(Boolean).join(", ")}`, { cause });
  }
}

export interface Client {
  /** @throws {NoAnswer} */
  send(request: OperationRequest): Promise<Exchange>;
  /** What a path answers, read as JSON. */
  json(path: string): Promise<Json>;
  readonly credentials: Readonly<Record<string, string>>;
}

/**
 * Sends requests to a service.
 * @param credentials headers that every request carries, such as Authorization
 * @param through in place of fetch, to break its answers
 */
export function clientOf(
  url: string,
  credentials: Readonly<Record<string, string>> = {},
  through: (request: Request) => Promise<Response> = fetch,
): Client {
  return {
    credentials,
    async send(request) {
      try {
        return { request, answer: await answered(request) };
      } catch (error) {
        throw new NoAnswer(request, error);
      }
    },
    async json(path) {
      const response = await through(new Request(`${url}${path}`, { headers: credentials }));
      if (!response.ok) throw new Error(`GET ${path} answers ${response.status}`);
      return await response.json();
    },
  };

  async function answered(request: OperationRequest): Promise<Answer> {
    const { method, headers, body } = request;
    // A timer of AbortSignal.timeout() would outlive its request.
    const hangs = new AbortController();
    const timer = setTimeout(() => hangs.abort(new Error(`no answer in ${HANGS_MS / 1000} s`)), HANGS_MS);
    try {
      const response = await through(
        new Request(`${url}${target(request)}`, {
          method,
          headers: { ...credentials, ...headers },
          // Bytes add no Content-Type of their own.
          body: body ?? null,
          signal: hangs.signal,
        }),
      );
      return {
        status: response.status,
        headers: response.headers,
        mediaType: response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase(),
        body: new Uint8Array(await response.arrayBuffer()),
      };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Path and query. */
function target({ operation, path, query }: OperationRequest): string {
  const filled = operation.path.replaceAll(/\{(.+?)\}/g, (_, name) => encodeURIComponent(path[name] ?? ""));
  const asked = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return asked === "" ? filled : `${filled}?${asked}`;
}

/** The request in a form to be tried by hand. */
export function asCurl(request: OperationRequest): string {
  const { method, headers, body } = request;
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const sent = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = body === undefined ? [] : [`--data-binary ${quoted(shown(body))}`];
  return ["curl", "-X", method, quoted(target(request)), ...sent, ...data].join(" ");
}

/** A body as text, its beginning only where it is long; bytes that are no text by their number. */
export function shown(body: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
  } catch {
    return `(${body.byteLength} bytes)`;
  }
}
