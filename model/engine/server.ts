import { timingSafeEqual } from "node:crypto";
import type { ActivationsPlan, BatchPlan, EngineMemory, Executor, ProbePlan } from "./engine.ts";
import type { OutgoingFrame } from "./frames.ts";
import { frameStream } from "./frame_stream.ts";
import { BACKGROUND_HEADER, FLOW_HEADER, type Message, SECRET_HEADER, toFrame } from "./protocol.ts";
import type { Flow } from "./turns.ts";

/** Bytes of /activations in one frame: the other side holds a frame whole. */
const BYTES_PER_FRAME = 1024 * 1024;

/** A fault's message is one log line; headers of frames are bounded. */
const MAX_MESSAGE = 2000;

export interface HandlerOptions {
  /** Asked for in every request where other users of the machine can reach the listener. */
  readonly secret?: string;
  /** Told of faults, with the id that the answer carries. */
  readonly onFault?: (id: string, error: unknown) => void;
}

/** The engine's side of the protocol: requests in, frames out; what is computed is the executor's affair. */
export function engineHandler(
  executor: Executor,
  { secret, onFault = () => {} }: HandlerOptions = {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (secret !== undefined && !sameSecret(request.headers.get(SECRET_HEADER), secret)) return empty(403);
    const flow = flowOf(request.headers);
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case "GET /model":
        return Response.json(executor.model);
      case "GET /memory":
        return Response.json(
          {
            rssBytes: Deno.memoryUsage().rss,
            prefixCacheBytes: executor.prefixCacheBytes,
            ...(executor.runs ? { runs: executor.runs } : {}),
          } satisfies EngineMemory,
        );
      case "POST /probe": {
        const plan: ProbePlan = await request.json();
        return answer(request.signal, (signal) => executor.probe(plan, signal, flow), onFault);
      }
      case "POST /probe/batch": {
        const plan: BatchPlan = await request.json();
        return answer(request.signal, (signal) => executor.probeBatch(plan, signal, flow), onFault);
      }
      case "POST /activations": {
        const plan: ActivationsPlan = await request.json();
        return answer(request.signal, (signal) => activationMessages(executor, plan, signal, flow), onFault);
      }
      default:
        return empty(404);
    }
  };
}

function flowOf(headers: Headers): Flow {
  return { name: headers.get(FLOW_HEADER) ?? "", background: headers.has(BACKGROUND_HEADER) };
}

/** The body is cancelled when the client hangs up while it is read, the signal aborts when it does before. */
function answer(
  hangUp: AbortSignal,
  work: (signal: AbortSignal) => AsyncIterable<Message>,
  onFault: (id: string, error: unknown) => void,
): Response {
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (hangUp.aborted) abort();
  else hangUp.addEventListener("abort", abort, { once: true });
  return new Response(frameStream(frames(work, stop.signal, onFault), abort));
}

async function* frames(
  work: (signal: AbortSignal) => AsyncIterable<Message>,
  signal: AbortSignal,
  onFault: (id: string, error: unknown) => void,
): AsyncGenerator<OutgoingFrame, void> {
  try {
    signal.throwIfAborted();
    for await (const message of work(signal)) yield toFrame(message);
  } catch (error) {
    if (signal.aborted) return yield toFrame({ type: "error", error: { kind: "cancelled" } });
    const id = crypto.randomUUID();
    onFault(id, error);
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
    yield toFrame({ type: "error", error: { kind: "fault", id, message } });
  }
}

async function* activationMessages(
  executor: Executor,
  plan: ActivationsPlan,
  signal: AbortSignal,
  flow: Flow,
): AsyncGenerator<Message> {
  for await (const bytes of executor.activations(plan, signal, flow)) {
    for (let at = 0; at < bytes.length; at += BYTES_PER_FRAME) {
      yield { type: "bytes", bytes: bytes.subarray(at, at + BYTES_PER_FRAME) };
    }
  }
  yield { type: "complete" };
}

function sameSecret(given: string | null, secret: string): boolean {
  const encoder = new TextEncoder();
  const [a, b] = [encoder.encode(given ?? ""), encoder.encode(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function empty(status: number): Response {
  return new Response(null, { status });
}
