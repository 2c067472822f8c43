import assert from "node:assert/strict";
import { FrameError, FrameReader, FrameWriter } from "./frames.ts";
import { fromFrame, type Message, toFrame } from "./protocol.ts";

function travel(message: Message): Message {
  const writer = new FrameWriter();
  writer.write(toFrame(message));
  const reader = new FrameReader();
  reader.push(writer.take());
  const frame = reader.next();
  assert.ok(frame);
  return fromFrame(frame);
}

const position: Message = {
  type: "position",
  position: 7,
  rows: {
    count: 2,
    topIds: Int32Array.of(5, 4, 3, 2, 1, 0),
    topLogits: Float32Array.of(0.1, 0.2, 0.3, -0.4, Infinity, -0),
    logSumExp: Float32Array.of(1, 2),
    entropy: Float32Array.of(3, 4),
    trackedLogits: Float32Array.of(-1, -2, -3, -4),
    trackedRanks: Int32Array.of(1, 2, 3, 2_000_000_000),
    statistics: [Float32Array.of(NaN, 0.5), Float32Array.of(6, 7), Float32Array.of(8, 9)],
  },
};

Deno.test("every message arrives as it was sent", () => {
  const messages: Message[] = [
    { type: "start", rowOfCell: [0, 3, 3, 1], rowsPerPosition: 4 },
    position,
    {
      ...position,
      rows: {
        ...position.rows,
        trackedLogits: new Float32Array(),
        trackedRanks: new Int32Array(),
        statistics: [],
      },
    },
    { ...position, prompt: 3 },
    { type: "prompt", prompt: 3, rows: 8, cachedTokens: 2, timing: { waitMs: 0, forwardMs: 1, lensMs: 2 } },
    { type: "end", timing: { waitMs: 0.25, forwardMs: 1, lensMs: 2 }, rows: 8, cachedTokens: 5 },
    { type: "bytes", bytes: Uint8Array.of(1, 2, 3) },
    { type: "complete" },
    { type: "error", error: { kind: "cancelled" } },
    { type: "error", error: { kind: "fault", id: "a", message: "ü\n" } },
  ];
  for (const message of messages) assert.deepEqual(travel(message), message);
});

Deno.test("arrays that are views into the middle of a buffer travel alone", () => {
  const buffer = Float32Array.of(9, 9, 1, 2, 9);
  const message: Message = { ...position, rows: { ...position.rows, entropy: buffer.subarray(2, 4) } };
  const got = travel(message);
  assert.deepEqual(got.type === "position" && [...got.rows.entropy], [1, 2]);
});

Deno.test("fromFrame() refuses a frame of unknown type and arrays that do not add up", () => {
  const payload = new Uint8Array(4);
  assert.throws(() => fromFrame({ header: { type: "surprise" }, payload }), FrameError);
  const header = { type: "position", position: 0, count: 1, top: 1, tracked: 0 };
  assert.throws(() => fromFrame({ header, payload }), FrameError);
});
