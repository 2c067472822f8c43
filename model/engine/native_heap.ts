/** Where native code of the process takes its memory. */
export interface NativeHeap {
  /** From now on what is freed stays for the next that asks. */
  readonly keep: () => void;
  /** What is free goes back to the system. */
  readonly trim: () => void;
}

/** Parameters of mallopt(3). */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
/** No buffer of a run is larger. */
const LARGEST_BYTES = 2 ** 30;
const MOST_KEPT_BYTES = 2 ** 31 - 1;

/**
 * The heap of glibc that the main thread takes from. By itself it maps every buffer of more than 32 MiB anew, page after page, and a long prompt's are larger:
 * at the 7B shape a third of the time of 1,024 tokens went into pages that had just been given back.
 *
 * @returns null where there is no such heap (not Linux with glibc)
 */
export function openNativeHeap(): NativeHeap | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const libc = Deno.dlopen("libc.so.6", {
      mallopt: { parameters: ["i32", "i32"], result: "i32" },
      malloc_trim: { parameters: ["usize"], result: "i32" },
    }).symbols;
    return {
      keep: () => {
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_BYTES);
        libc.mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES);
      },
      trim: () => {
        libc.malloc_trim(0n);
      },
    };
  } catch {
    return null;
  }
}

/**
 * Trims a heap whenever nothing was done for `idleMs`.
 *
 * @param done how much was done so far
 * @returns stops it
 */
export function trimWhenIdle(heap: Pick<NativeHeap, "trim">, done: () => number, idleMs: number): () => void {
  let [before, trimmed] = [done(), done()];
  const timer = setInterval(() => {
    const now = done();
    if (now === before && now !== trimmed) {
      heap.trim();
      trimmed = now;
    }
    before = now;
  }, idleMs);
  return () => clearInterval(timer);
}
