import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { FileRange, ReadOrder } from "./read_ahead.ts";

/** Read at once, and given up after: small enough to stay in a core's cache. */
const PIECE_BYTES = 2 ** 20;

const turn = workerData as Int32Array;
const piece = new Uint8Array(PIECE_BYTES);

parentPort!.on("message", ({ ranges, turn: ordered }: ReadOrder) => {
  for (const range of ranges) {
    // Whoever needs the bytes reads them himself, and hears of it where they cannot be read.
    try {
      read(range, ordered);
    } catch { /* see above */ }
  }
});

function read({ file, offset, length }: FileRange, ordered: number): void {
  const opened = openSync(file, "r");
  try {
    for (let at = 0; at < length && Atomics.load(turn, 0) === ordered;) {
      const bytes = readSync(opened, piece, 0, Math.min(PIECE_BYTES, length - at), offset + at);
      if (bytes === 0) return;
      at += bytes;
    }
  } finally {
    closeSync(opened);
  }
}
