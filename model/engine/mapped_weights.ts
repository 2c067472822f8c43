/** madvise(2): pages go; whoever reads there again gets them from the file. */
const MADV_DONTNEED = 4;
const MAPPING = /\n(?=[0-9a-f]+-[0-9a-f]+ )/;
/** A private mapping of a file of weights. */
const OF_WEIGHTS = /^([0-9a-f]+)-([0-9a-f]+) r..p .*\.(safetensors|gguf)\n/;
/** Nothing was written to it: ONNX Runtime maps weights so that it could. */
const AS_IN_FILE = /^Anonymous:\s+0 kB$/m;

/**
 * Lets go of weights that lie in mapped files. When a model is loaded, ONNX Runtime has packed copies of its own of most: of a 7B in
 * q4 half a gigabyte lies twice. What is read from the file at every run comes back when it is.
 *
 * @returns bytes that were in memory; 0 where the system is not Linux with glibc
 */
export function dropMappedWeights(): number {
  if (Deno.build.os !== "linux") return 0;
  try {
    const libc = Deno.dlopen("libc.so.6", { madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" } });
    let kib = 0;
    for (const mapping of Deno.readTextFileSync("/proc/self/smaps").split(MAPPING)) {
      const [, from, to] = mapping.match(OF_WEIGHTS) ?? [];
      if (from === undefined || to === undefined || !AS_IN_FILE.test(mapping)) continue;
      const [begin, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)];
      libc.symbols.madvise(Deno.UnsafePointer.create(begin), end - begin, MADV_DONTNEED);
      kib += Number(mapping.match(/^Rss:\s+(\d+) kB$/m)?.[1] ?? 0);
    }
    libc.close();
    return kib * 1024;
  } catch {
    return 0;
  }
}
