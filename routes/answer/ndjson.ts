import type { DecodedRows } from "../../model/engine/engine.ts";
import { type Bill, modelRef, type ProbeAnswer } from "./answer.ts";
import { positionReadouts } from "./readouts.ts";

const encoder = new TextEncoder();

/** Frames, a line each. */
export const lines = (frames: readonly object[]) =>
  encoder.encode(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(""));

export const queuedFrame = (position: number, waitMs: number) =>
  lines([{ type: "queued", position, wait_ms: Math.round(waitMs) }]);

export const pingFrame = () => lines([{ type: "ping" }]);

export const errorFrame = (problem: object) => lines([{ type: "error", problem }]);

export function startFrame({ model, lenses, plan, cells, tokens, warnings }: ProbeAnswer): Uint8Array {
  const layers = [...new Set(cells.map((cell) => cell.layer))].sort((a, b) => a - b);
  const rows = plan.positions.length * cells.length;
  return lines([{ type: "start", model: modelRef(model), lenses, norm: plan.norm, tokens, layers, rows, warnings }]);
}

/** The output frame and the readout frames of one position, a line each. */
export function positionFrames(answer: ProbeAnswer, position: number, rows: DecodedRows): Uint8Array {
  const { output, readouts } = positionReadouts(answer, position, rows);
  return lines([{ type: "output", ...output }, ...readouts.map((readout) => ({ type: "readout", ...readout }))]);
}

export const endFrame = (bill: Bill) => lines([{ type: "end", ...bill }]);
