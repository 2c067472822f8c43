import assert from "node:assert/strict";
import { openNativeHeap } from "../native_heap.ts";

const libc = Deno.dlopen("libc.so.6", {
  malloc: { parameters: ["usize"], result: "pointer" },
  memset: { parameters: ["pointer", "i32", "usize"], result: "pointer" },
  free: { parameters: ["pointer"], result: "void" },
}).symbols;
const BYTES = 128n * 2n ** 20n;
const mib = () => Deno.memoryUsage().rss / 2 ** 20;

const heap = openNativeHeap()!;
heap.keep();
const before = mib();
const block = libc.malloc(BYTES);
libc.memset(block, 1, BYTES);
libc.free(block);
const kept = mib();
heap.trim();
const trimmed = mib();
assert(kept > before + 100, `kept: ${before} to ${kept} MiB`);
assert(trimmed < kept - 100, `trimmed: ${kept} to ${trimmed} MiB`);
