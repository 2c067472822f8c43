import assert from "node:assert/strict";
import { longestTask } from "./trace_tasks.ts";

const encoded = (traceEvents: unknown[]) => new TextEncoder().encode(JSON.stringify({ traceEvents }));

Deno.test("the longest task is one of the page, by the processor's time", () => {
  const task = { name: "task", ph: "X", args: {} };
  const events = [
    { name: "thread_name", ph: "M", pid: 1, tid: 2, args: { name: "CrRendererMain" } },
    { ...task, pid: 1, tid: 2, dur: 90_000, tdur: 4000 },
    { ...task, pid: 1, tid: 2, dur: 8000, tdur: 7500 },
    { ...task, pid: 1, tid: 3, dur: 80_000, tdur: 80_000 },
    { ...task, ph: "I", pid: 1, tid: 2, tdur: 9000 },
  ];
  assert.equal(longestTask(encoded(events)), 7.5);
  assert.throws(() => longestTask(encoded(events.slice(3))), /no task/);
});
