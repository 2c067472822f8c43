import { Refusal } from "../../openapi/refusal.ts";
import type { ServiceContext } from "../env.ts";

/** A line of a body. */
export interface BodyLine {
  /** From 1; empty lines count and are left out. */
  readonly number: number;
  /** Without its end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const LINE_FEED = 10;

/**
 * The lines of a request's body as they come, in memory one at a time. The request's time counts from the last byte.
 * @throws {Refusal} 400 where the connection breaks, 408 where it is too slow, 413 for a line over `maxLineBytes`; the signal's reason
 */
export async function* bodyLines(c: ServiceContext, maxLineBytes: number): AsyncGenerator<BodyLine, void> {
  const line = new LineBuffer();
  let number = 1;
  for await (const chunk of bodyChunks(c)) {
    for (let from = 0; from < chunk.byteLength;) {
      const end = chunk.indexOf(LINE_FEED, from);
      line.push(chunk.subarray(from, end < 0 ? chunk.byteLength : end));
      if (line.size > maxLineBytes) {
        throw new Refusal("body-too-large", `line ${number} is larger than ${maxLineBytes} bytes (--max-body-bytes)`);
      }
      if (end < 0) break;
      const bytes = line.take();
      if (!isBlank(bytes)) yield { number, bytes };
      number++;
      from = end + 1;
    }
  }
  const bytes = line.take();
  if (!isBlank(bytes)) yield { number, bytes };
}

async function* bodyChunks(c: ServiceContext): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const { body } = c.req.raw;
  if (body === null) return;
  const signal = c.get("signal");
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const part = await reader.read().catch((error) => {
        signal.throwIfAborted();
        if (error instanceof Refusal) throw error;
        throw new Refusal("malformed-request", "the connection broke while the body was read");
      });
      if (part.done) break;
      c.get("extend")();
      yield part.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    reader.cancel().catch(() => {});
  }
  signal.throwIfAborted();
}

/** Pieces of a line that came in several chunks. */
class LineBuffer {
  #pieces: Uint8Array[] = [];
  size = 0;

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.size += piece.byteLength;
  }

  take(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    this.#pieces = [];
    this.size = 0;
    return whole;
  }
}

/** White space of JSON. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}
