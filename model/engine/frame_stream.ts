import process from "node:process";
import { FrameWriter, type OutgoingFrame } from "./frames.ts";

/** Frames that are there already share a chunk up to this size: a chunk costs about as much as 50 frames. */
const CHUNK_BYTES = 64 * 1024;
const NOTHING_YET = Symbol("nothing yet");

/**
 * A body made of frames. The source is asked for more only when the reader is: a slow reader stops the work.
 * A frame never waits for one that is still being computed; cancelling the stream ends the source with `return()`.
 */
export function frameStream(source: AsyncIterator<OutgoingFrame>, onCancel: () => void): ReadableStream<Uint8Array> {
  const writer = new FrameWriter();
  /** Asked for already, while the chunk before it was closed. */
  let asked: Promise<IteratorResult<OutgoingFrame>> | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A source that never waits would keep the hang-up, and every other stream, from being heard.
      await eventLoopTurn();
      let result: IteratorResult<OutgoingFrame> | typeof NOTHING_YET = await (asked ?? source.next());
      asked = undefined;
      while (result !== NOTHING_YET && !result.done) {
        writer.write(result.value);
        if (writer.length >= CHUNK_BYTES) break;
        asked = source.next();
        result = await Promise.race([asked, idle()]);
        if (result !== NOTHING_YET) asked = undefined;
      }
      if (writer.length > 0) controller.enqueue(writer.take());
      if (result !== NOTHING_YET && result.done) controller.close();
    },
    async cancel() {
      onCancel();
      asked?.catch(() => {});
      await source.return?.();
    },
  }, { highWaterMark: 0 });
}

/**
 * Resolves once every promise that could settle by itself has: what is pending then waits for a computation.
 * (Ticks run after the microtasks and before the event loop turns to input, timers and immediates.)
 */
function idle(): Promise<typeof NOTHING_YET> {
  return new Promise((resolve) => process.nextTick(resolve, NOTHING_YET));
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
