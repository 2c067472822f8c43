import { Refusal } from "../openapi/refusal.ts";
import type { PlannedProbe } from "./probe_plan.ts";

/** Bytes of JSON, measured on answers of the demo and of Llama-2's vocabulary; the true size is within a third. */
const BYTES_OF_TOP_TOKEN = 98;
const BYTES_OF_TRACKED_TOKEN = 112;
const BYTES_OF_STATISTIC = 28;
const BYTES_OF_CELL = 110;
const BYTES_OF_PROMPT_TOKEN = 54;

/** About how many bytes the JSON answer of a probe has. */
export function estimateResponseBytes({ plan }: PlannedProbe): number {
  const top = plan.topK * BYTES_OF_TOP_TOKEN;
  const cell = BYTES_OF_CELL + top + plan.tracked.length * BYTES_OF_TRACKED_TOKEN +
    plan.statistics.length * BYTES_OF_STATISTIC;
  return plan.ids.length * BYTES_OF_PROMPT_TOKEN +
    plan.positions.length * (BYTES_OF_CELL + top + plan.cells.length * cell);
}

/** The refusal of an answer above the bound, known beforehand (about) or found while writing. */
export function responseTooLarge(bytes: number, maxBytes: number, { plan }: PlannedProbe): Refusal {
  const cells = plan.positions.length * plan.cells.length;
  return new Refusal(
    "response-too-large",
    `the answer has ${cells} cells and would be about ${megabytes(bytes)}, more than ${
      megabytes(maxBytes)
    } (--max-response-bytes): ` +
      "narrow positions, layers, sites, lenses, top_k, track or statistics; POST /probe/stream has no such bound",
    [
      { in: "body", pointer: "/positions", detail: `${plan.positions.length} positions` },
      { in: "body", pointer: "/layers", detail: `${plan.cells.length} cells a position` },
      { in: "body", pointer: "/top_k", detail: `${plan.topK} tokens a cell` },
    ],
  );
}

function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}
