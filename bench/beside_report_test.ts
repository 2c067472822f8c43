import assert from "node:assert/strict";
import type { BesideFigures } from "./beside.ts";
import { besideReport } from "./beside_report.ts";

Deno.test("besideReport() puts times, memory, fidelity and what failed of a model into one table", () => {
  const figures: BesideFigures[] = [
    { model: "m", contender: "best f32", workload: "W1", wallMs: [30, 10, 20], peakMb: 500 },
    { model: "m", contender: "service q16", workload: "W1", wallMs: [10, 10], peakMb: 300 },
    { model: "m", contender: "service q16", workload: "W2", wallMs: [40], peakMb: 400 },
    { model: "m", contender: "service q16", workload: "fidelity", fidelity: { positions: 9, kl: 1e-5, top1: 0.998 } },
    { model: "m", contender: "nnsight f32", workload: "W1", failed: "no such thing" },
  ];
  const lines = besideReport(figures).split("\n");
  const cells = (start: string) =>
    lines.find((line) => line.startsWith(`| ${start}`))!.split("|").map((it) => it.trim());
  assert.deepEqual(cells("service q16 ").slice(1, -1), [
    "service q16",
    "10.0",
    "40.0",
    "",
    "",
    "400",
    "1.0e-5",
    "99.80 %",
  ]);
  assert.deepEqual(cells("best f32").slice(1, -1), ["best f32", "20.0", "", "", "", "500", "", ""]);
  assert.deepEqual(cells("service q16 / best f32").slice(2, -1), ["2.00", "", "", ""]);
  assert.ok(lines.includes("skipped nnsight f32 W1: no such thing"));
});
