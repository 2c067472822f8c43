import type { FileRange } from "./read_ahead.ts";

/** Tells the system that a range of a file will be read soon; stops when it is `wanted` no more. */
export type WillNeed = (range: FileRange, wanted: () => boolean) => void;

const POSIX_FADV_WILLNEED = 3;
/** The kernel takes no more at a call than a disk's read-ahead, 128 KiB unless somebody lowered it (force_page_cache_ra). */
const PIECE_BYTES = 128 * 1024;

/**
 * posix_fadvise(2): what is in memory already costs nothing, and nothing is copied. Measured on weights in memory, beside a
 * pass that reads them: reading them into a buffer made the pass half as long again.
 *
 * @returns null where there is no such call (not Linux with glibc on 64 bits)
 */
export function openWillNeed(): WillNeed | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const libc = Deno.dlopen("libc.so.6", {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      posix_fadvise: { parameters: ["i32", "i64", "i64", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    }).symbols;
    return ({ file, offset, length }, wanted) => {
      const descriptor = libc.open(new TextEncoder().encode(`${file}\0`), 0);
      if (descriptor < 0) return;
      for (let at = 0; at < length && wanted(); at += PIECE_BYTES) {
        const size = Math.min(PIECE_BYTES, length - at);
        libc.posix_fadvise(descriptor, BigInt(offset + at), BigInt(size), POSIX_FADV_WILLNEED);
      }
      libc.close(descriptor);
    };
  } catch {
    return null;
  }
}
