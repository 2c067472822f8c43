import assert from "node:assert/strict";
import { frameStream } from "./frame_stream.ts";
import { type OutgoingFrame } from "./frames.ts";

const frame = (n: number, bytes = 0): OutgoingFrame => ({ header: { n }, payload: [new Uint8Array(bytes)] });

Deno.test("frameStream() puts frames that are there into one chunk", async () => {
  async function* source() {
    for (let n = 0; n < 50; n++) yield await Promise.resolve(frame(n));
  }
  const chunks = await Array.fromAsync(frameStream(source(), () => {}));
  assert.equal(chunks.length, 1);
});

Deno.test("frameStream() sends a frame before the next one is computed", async () => {
  const gate = Promise.withResolvers<void>();
  async function* source() {
    yield frame(0);
    await gate.promise;
    yield frame(1);
  }
  const reader = frameStream(source(), () => {}).getReader();
  assert.equal((await reader.read()).done, false); // would hang if it waited for frame 1
  gate.resolve();
  assert.equal((await reader.read()).done, false);
  assert.equal((await reader.read()).done, true);
});

Deno.test("frameStream() asks for no more than its reader does", async () => {
  let made = 0;
  async function* source() {
    while (true) yield await Promise.resolve(frame(made++, 100 * 1024));
  }
  const stream = frameStream(source(), () => {});
  const reader = stream.getReader();
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  await settle();
  assert.equal(made, 0);
  await reader.read();
  await settle();
  assert.equal(made, 1);
  await reader.cancel();
});

Deno.test("frameStream() ends its source when it is cancelled, also while a frame is being computed", async () => {
  const stop = new AbortController();
  let ended = false;
  async function* source() {
    try {
      yield frame(0);
      await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
      yield frame(1);
      assert.fail("went on after the cancel");
    } finally {
      ended = true;
    }
  }
  const reader = frameStream(source(), () => stop.abort()).getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(ended, true);
});

Deno.test("frameStream() fails when its source does", async () => {
  // deno-lint-ignore require-yield
  async function* source(): AsyncGenerator<OutgoingFrame> {
    throw await Promise.resolve(new RangeError("broken"));
  }
  await assert.rejects(frameStream(source(), () => {}).getReader().read(), RangeError);
});
