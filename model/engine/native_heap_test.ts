import assert from "node:assert/strict";
import { openNativeHeap, trimWhenIdle } from "./native_heap.ts";

Deno.test({
  name: "a heap that keeps gives back what is free when it is trimmed (Linux with glibc)",
  ignore: openNativeHeap() === null,
  async fn() {
    // A process of its own: tests run beside its main thread, whose heap it is.
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", new URL("testdata/keep_and_trim.ts", import.meta.url).href],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  },
});

Deno.test("a heap is trimmed once after each time that something was done", async () => {
  let [trims, done] = [0, 0];
  const stop = trimWhenIdle({ trim: () => trims++ }, () => done, 5);
  const rest = () => new Promise((resolve) => setTimeout(resolve, 60));
  await rest();
  assert.equal(trims, 0);
  done++;
  await rest();
  assert.equal(trims, 1);
  done++;
  await rest();
  stop();
  assert.equal(trims, 2);
});
