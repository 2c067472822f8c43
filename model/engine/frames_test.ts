import assert from "node:assert/strict";
import fc from "fast-check";
import { type Frame, FrameError, FrameReader, FrameWriter } from "./frames.ts";

function cut(bytes: Uint8Array<ArrayBuffer>, lengths: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const chunks = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function read(chunks: readonly Uint8Array<ArrayBuffer>[]): { frames: Frame[]; inside: boolean } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  }
  return { frames, inside: reader.inside };
}

Deno.test("FrameReader gives back what FrameWriter wrote, however the bytes are cut", () => {
  const payload = fc.array(fc.float32Array({ maxLength: 3000 }), { maxLength: 4 });
  const header = fc.dictionary(fc.string({ unit: "grapheme" }), fc.oneof(fc.string({ unit: "grapheme" }), fc.nat()));
  const frames = fc.array(fc.record({ header, payload }), { maxLength: 6 });
  const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(frames, lengths, (written, lengths) => {
      const writer = new FrameWriter();
      for (const frame of written) writer.write(frame);
      const got = read(cut(writer.take(), lengths));
      assert.equal(got.inside, false);
      assert.equal(got.frames.length, written.length);
      got.frames.forEach((frame, index) => {
        assert.deepEqual(frame.header, JSON.parse(JSON.stringify(written[index]?.header)));
        const floats = written[index]?.payload.flatMap((part) => [...part]);
        assert.equal(frame.payload.byteOffset, 0);
        assert.deepEqual([...new Float32Array(frame.payload.buffer)], floats);
      });
    }),
    { seed: 20262, numRuns: 200 },
  );
});

Deno.test("FrameWriter lets go of what was taken", () => {
  const writer = new FrameWriter();
  writer.write({ header: { n: 1 }, payload: [] });
  const first = writer.take();
  writer.write({ header: { n: 2 }, payload: [] });
  assert.deepEqual([...read([first]).frames, ...read([writer.take()]).frames].map((frame) => frame.header), [
    { n: 1 },
    { n: 2 },
  ]);
  assert.equal(writer.length, 0);
});

Deno.test("FrameReader refuses lengths beyond the limits before it waits for so many bytes", () => {
  for (const lengths of [[0x7fffffff, 0], [2, 0x7fffffff]]) {
    assert.throws(() => read([new Uint8Array(Uint32Array.from(lengths).buffer)]), FrameError);
  }
});

Deno.test("FrameReader refuses a header that is not JSON", () => {
  const bytes = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff]);
  assert.throws(() => read([bytes]), FrameError);
});

Deno.test("FrameReader tells that a frame was cut off", () => {
  const writer = new FrameWriter();
  writer.write({ header: {}, payload: [new Uint8Array(10)] });
  const bytes = writer.take();
  assert.equal(read([bytes.subarray(0, bytes.length - 1)]).inside, true);
});
