import type { BatchEvent, DecodedRows, EngineTiming, ProbeEvent } from "./engine.ts";
import { type Frame, FrameError, type OutgoingFrame } from "./frames.ts";

/** Header that carries the secret where the engine listens on TCP, which every local user can reach. */
export const SECRET_HEADER = "x-engine-secret";

/** Headers that say whose work a request is. */
export const FLOW_HEADER = "x-engine-flow";
export const BACKGROUND_HEADER = "x-engine-background";

export type EngineError =
  /** The work was stopped, by the caller or by the engine closing. */
  | { readonly kind: "cancelled" }
  | { readonly kind: "fault"; readonly id: string; readonly message: string };

/** What a frame of an answer says. `end` or `error` is the last one; a body without either was cut off. */
export type Message =
  | ProbeEvent
  | BatchEvent
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** End of the bytes of /activations. */
  | { readonly type: "complete" }
  | { readonly type: "error"; readonly error: EngineError };

/** How each message is laid out: small numbers in the header, arrays in the payload, in a fixed order. */
export function toFrame(message: Message): OutgoingFrame {
  switch (message.type) {
    case "start": {
      const { type, rowsPerPosition, rowOfCell } = message;
      return { header: { type, rowsPerPosition }, payload: [Int32Array.from(rowOfCell)] };
    }
    case "position": {
      const { type, position, rows } = message;
      const prompt = "prompt" in message ? { prompt: message.prompt } : {};
      const { count, topIds, topLogits, logSumExp, entropy, trackedLogits, trackedRanks, statistics } = rows;
      return {
        header: { type, ...prompt, position, count, top: topIds.length, tracked: trackedLogits.length },
        payload: [topIds, topLogits, logSumExp, entropy, trackedLogits, trackedRanks, ...statistics],
      };
    }
    case "bytes":
      return { header: { type: "bytes" }, payload: [message.bytes] };
    case "prompt":
    case "end":
    case "complete":
    case "error":
      return { header: { ...message }, payload: [] };
  }
}

/** Headers as this program's own other half writes them. */
type Header =
  | { type: "start"; rowsPerPosition: number }
  | { type: "position"; prompt?: number; position: number; count: number; top: number; tracked: number }
  | Extract<BatchEvent, { type: "prompt" }>
  | { type: "end"; timing: EngineTiming; rows: number; cachedTokens: number }
  | { type: "bytes" }
  | { type: "complete" }
  | { type: "error"; error: EngineError };

/** @throws {FrameError} when the frame is none of the protocol's */
export function fromFrame({ header, payload }: Frame): Message {
  const known = header as Header;
  switch (known.type) {
    case "start":
      return {
        type: "start",
        rowsPerPosition: known.rowsPerPosition,
        rowOfCell: Array.from(new Int32Array(payload.buffer)),
      };
    case "position":
      return {
        type: "position",
        ...(known.prompt === undefined ? {} : { prompt: known.prompt }),
        position: known.position,
        rows: decodedRows(known, payload.buffer),
      };
    case "bytes":
      return { type: "bytes", bytes: payload };
    case "prompt":
    case "end":
    case "complete":
    case "error":
      return known;
    default:
      throw new FrameError("a frame of unknown type");
  }
}

/** The arrays of a position as views on the payload: every element is four bytes wide. */
function decodedRows({ count, top, tracked }: Header & { type: "position" }, buffer: ArrayBuffer): DecodedRows {
  const fixed = 2 * top + 2 * count + 2 * tracked;
  const statistics = (buffer.byteLength / 4 - fixed) / count;
  if (!Number.isInteger(statistics) || statistics < 0) throw new FrameError("a position whose arrays do not add up");
  let at = 0;
  const take = (elements: number) => {
    const offset = at;
    at += elements * 4;
    return [buffer, offset, elements] as const;
  };
  return {
    count,
    topIds: new Int32Array(...take(top)),
    topLogits: new Float32Array(...take(top)),
    logSumExp: new Float32Array(...take(count)),
    entropy: new Float32Array(...take(count)),
    trackedLogits: new Float32Array(...take(tracked)),
    trackedRanks: new Int32Array(...take(tracked)),
    statistics: Array.from({ length: statistics }, () => new Float32Array(...take(count))),
  };
}
