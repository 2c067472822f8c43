import type { LensUpload } from "../../lens/library/types.ts";
import { Refusal } from "../../openapi/refusal.ts";
import type { ServiceContext } from "../env.ts";

/**
 * Hands a request's body on, chunk by chunk, no faster than it is taken. The request's time counts from the last byte: a
 * file of gigabytes may take longer than a request.
 *
 * @throws {Refusal} 400 where the connection breaks, 408 where it is too slow; what the upload or the signal throws is passed on
 */
export async function receive(c: ServiceContext, upload: Pick<LensUpload, "write">): Promise<void> {
  const body = c.req.raw.body;
  if (body === null) return;
  const signal = c.get("signal");
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    for (let part = await next(reader, signal); !part.done; part = await next(reader, signal)) {
      c.get("extend")();
      await upload.write(part.value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    reader.cancel().catch(() => {});
  }
  signal.throwIfAborted();
}

/** A client that hangs up shows as a broken read (BadResource). */
async function next(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, signal: AbortSignal) {
  try {
    return await reader.read();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refusal) throw error;
    throw new Refusal("malformed-request", "the connection broke while the body was read");
  }
}
