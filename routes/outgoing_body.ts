import type { ServerResponse } from "node:http";
import { Pace, type PaceBounds } from "./pace.ts";
import type { UnreadAnswers } from "./unread_answers.ts";

/** Bytes written at once: a client that takes them has moved. */
const PIECE = 1 << 16;
/** How often an answer that waits for room looks whether others have made some. */
const LOOK_MS = 1000;

/**
 * Writes a body as the client reads it and ends the answer. Of what the client has not taken a bounded part waits here, so
 * that a slow reader does not hold whoever makes the body; one that takes nothing for too long is cut off. A hang-up cancels
 * the body, and a body that breaks breaks the connection.
 */
export async function writeBody(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  { gone, unread, bounds }: { gone: AbortSignal; unread: UnreadAnswers; bounds: PaceBounds },
): Promise<void> {
  const reader = body.getReader();
  const making = new Turn();
  const writing = new Turn();
  const cancel = () => {
    reader.cancel(gone.reason).catch(() => {});
    making.go();
    writing.go();
  };
  gone.addEventListener("abort", cancel);
  if (gone.aborted) cancel();
  const mine = unread.add(() => outgoing.destroy());
  const pace = new Pace(bounds, () => outgoing.destroy());
  outgoing.once("close", () => {
    pace.stop();
    mine.end();
  });
  const parts: Uint8Array[] = [];
  let ended = false;
  const write = async () => {
    for (;;) {
      const part = parts.shift();
      if (part === undefined) {
        if (ended || gone.aborted) return;
        await writing.wait();
        continue;
      }
      for (let at = 0; at < part.byteLength && !gone.aborted; at += PIECE) {
        const piece = part.subarray(at, at + PIECE);
        if (!outgoing.write(piece) && !gone.aborted) {
          pace.waits();
          await drained(outgoing);
        }
        pace.moved(piece.byteLength);
        mine.taken(piece.byteLength);
        making.go();
      }
    }
  };
  const written = write();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      mine.made(part.value.byteLength);
      writing.go();
      while (parts.length > 0 && !mine.mayReadAhead() && !gone.aborted) await making.wait(LOOK_MS);
    }
  } finally {
    ended = true;
    writing.go();
    gone.removeEventListener("abort", cancel);
  }
  await written;
  if (!gone.aborted) pace.waits(); // What is in the socket's buffer is still to be taken: `close` ends that.
}

/** One side waits until the other has done something. */
class Turn {
  #next = Promise.withResolvers<void>();

  go(): void {
    this.#next.resolve();
  }

  /** @param atMostMs after which it goes on all the same */
  async wait(atMostMs?: number): Promise<void> {
    const timer = atMostMs === undefined ? undefined : setTimeout(() => this.go(), atMostMs);
    await this.#next.promise;
    clearTimeout(timer);
    this.#next = Promise.withResolvers();
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
