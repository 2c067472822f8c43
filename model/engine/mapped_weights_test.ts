import assert from "node:assert/strict";
import { dropMappedWeights } from "./mapped_weights.ts";

const BYTES = 8 * 2 ** 20;
const [PROT_READ, PROT_WRITE, MAP_PRIVATE] = [1, 2, 2];

Deno.test({
  name:
    "mapped weights leave memory and are read again from their file, those that were written to stay (Linux: reads /proc)",
  ignore: Deno.build.os !== "linux",
  fn() {
    const folder = Deno.makeTempDirSync();
    const libc = Deno.dlopen("libc.so.6", {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
      mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
      munmap: { parameters: ["pointer", "usize"], result: "i32" },
    });
    const mapped = (name: string) => {
      const path = `${folder}/${name}`;
      Deno.writeFileSync(path, new Uint8Array(BYTES).fill(7));
      const descriptor = libc.symbols.open(new TextEncoder().encode(`${path}\0`), 0);
      const at = libc.symbols.mmap(null, BigInt(BYTES), PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0n)!;
      libc.symbols.close(descriptor);
      const bytes = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(at, BYTES));
      return { at, bytes, sum: () => bytes.reduce((sum, byte) => sum + byte, 0) };
    };
    const [weights, written, other] = [mapped("a.safetensors"), mapped("b.safetensors"), mapped("c.bin")];
    const all = [weights, written, other];
    try {
      written.bytes[0] = 8;
      const sums = all.map(({ sum }) => sum());
      assert.deepEqual(sums, [7 * BYTES, 7 * BYTES + 1, 7 * BYTES]);
      assert.equal(dropMappedWeights(), BYTES);
      assert.deepEqual(all.map(({ sum }) => sum()), sums);
    } finally {
      for (const { at } of all) libc.symbols.munmap(at, BigInt(BYTES));
      libc.close();
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
