import type { DecodedRows } from "../../model/engine/engine.ts";
import { type Bill, modelRef, type ProbeAnswer } from "./answer.ts";
import { readoutJson } from "./readout_json.ts";

const line = (frame: Record<string, unknown>) => `${JSON.stringify(frame)}\n`;

export const queuedFrame = (position: number, waitMs: number) =>
  line({ type: "queued", position, wait_ms: Math.round(waitMs) });

export const pingFrame = () => line({ type: "ping" });

export const errorFrame = (problem: unknown) => line({ type: "error", problem });

export function startFrame({ model, lenses, plan, tokens, warnings }: ProbeAnswer): string {
  const layers = [...new Set(plan.cells.map((cell) => cell.layer))].sort((a, b) => a - b);
  const rows = plan.positions.length * plan.cells.length;
  return line({ type: "start", model: modelRef(model), lenses, norm: plan.norm, tokens, layers, rows, warnings });
}

/** The output frame and the readout frames of each position, as one text. */
export function positionFrames(answer: ProbeAnswer): (position: number, rows: DecodedRows) => string {
  const read = readoutJson(answer);
  return (position, rows) => {
    const { output, readouts } = read(position, rows);
    return `{"type":"output",${output}}\n${readouts.map((readout) => `{"type":"readout",${readout}}\n`).join("")}`;
  };
}

export const endFrame = ({ usage, timing }: Bill) => line({ type: "end", usage, timing });
