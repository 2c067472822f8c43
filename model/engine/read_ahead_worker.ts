import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { FileRange, ReadOrder } from "./read_ahead.ts";
import { openWillNeed } from "./will_need.ts";

/** Read at once, and given up after: small enough to stay in a core's cache. */
const PIECE_BYTES = 2 ** 20;

const turn = workerData as Int32Array;
const willNeed = openWillNeed();

parentPort!.on("message", ({ ranges, turn: ordered }: ReadOrder) => {
  const wanted = () => Atomics.load(turn, 0) === ordered;
  for (const range of ranges) {
    // Whoever needs the bytes reads them himself, and hears of it where they cannot be read.
    try {
      if (willNeed) willNeed(range, wanted);
      else read(range, wanted);
    } catch { /* see above */ }
  }
});

function read({ file, offset, length }: FileRange, wanted: () => boolean): void {
  const opened = openSync(file, "r");
  const piece = new Uint8Array(PIECE_BYTES);
  try {
    for (let at = 0; at < length && wanted();) {
      const bytes = readSync(opened, piece, 0, Math.min(PIECE_BYTES, length - at), offset + at);
      if (bytes === 0) return;
      at += bytes;
    }
  } finally {
    closeSync(opened);
  }
}
