import { FrameError, FrameReader } from "./frames.ts";
import { fromFrame, type Message } from "./protocol.ts";

/** An answer was cut off: its process died, or the connection did. */
export class AnswerCutOff extends Error {
  override readonly name = "AnswerCutOff";
}

/**
 * The messages of an answer up to its last one (`end`, `complete` or `error`).
 * @throws {AnswerCutOff} when the body ends before
 * @throws {FrameError} when it is none of the protocol's
 */
export async function* messages(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Message, void> {
  const reader = new FrameReader();
  const chunks = body[Symbol.asyncIterator]();
  try {
    while (true) {
      const chunk = await chunks.next().catch((error) => {
        throw new AnswerCutOff("the connection to the engine broke", { cause: error });
      });
      if (chunk.done) throw new AnswerCutOff("the answer ended without its last frame");
      reader.push(chunk.value);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        const message = fromFrame(frame);
        yield message;
        if (message.type === "end" || message.type === "complete" || message.type === "error") {
          if (reader.inside) throw new FrameError("frames after the last one");
          return;
        }
      }
    }
  } finally {
    await chunks.return?.().catch(() => {});
  }
}
