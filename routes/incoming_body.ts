import type { IncomingMessage } from "node:http";
import { Refusal } from "../openapi/refusal.ts";
import { Pace, type PaceBounds } from "./pace.ts";

/**
 * The body of a request as it comes, no faster than it is read; one that is cancelled is let through unread, so that the answer
 * arrives. One that comes too slowly fails with the refusal that says so.
 */
export function incomingBody(incoming: IncomingMessage, bounds: PaceBounds): ReadableStream<Uint8Array> {
  let open = true;
  let pace: Pace;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const close = (finish: () => void) => () => {
        pace.stop();
        if (open) finish();
        open = false;
      };
      pace = new Pace(bounds, close(() => controller.error(tooSlow(bounds))));
      incoming.pause();
      incoming.on("data", (chunk: Uint8Array) => {
        if (!open) return;
        pace.moved(chunk.byteLength);
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        else pace.waits();
      });
      incoming.once("end", close(() => controller.close()));
      incoming.once("error", close(() => controller.error(new Error("the connection broke"))));
      incoming.once("close", close(() => controller.error(new Error("the connection broke"))));
    },
    pull() {
      if (open) pace.waits();
      incoming.resume();
    },
    cancel() {
      open = false;
      pace.stop();
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}

function tooSlow({ graceMs, bytesPerSecond }: PaceBounds): Refusal {
  return new Refusal(
    "request-too-slow",
    `the body was waited for longer than ${graceMs / 1000} s and a second for every ${bytesPerSecond} bytes`,
    [],
    { Connection: "close" },
  );
}
