import { deepEqual, equal } from "node:assert/strict";
import { RUN_SECONDS, RunTimes } from "./run_times.ts";
import { Turns } from "./turns.ts";

Deno.test("RunTimes counts a run in each bucket that is as long as it or longer", () => {
  const times = new RunTimes();
  times.observe("head", 0.1);
  times.observe("head", 0.11);
  times.observe("head", 11);
  const { atMost, runs, seconds } = times.histograms.head;
  equal(runs, 3);
  equal(seconds, 11.21);
  deepEqual(atMost, RUN_SECONDS.map((bound) => bound >= 0.25 ? 2 : bound >= 0.1 ? 1 : 0));
  equal(times.histograms.stage.runs, 0);
});

Deno.test("Turns count the time of the runs that are named, without the wait for their turn", async () => {
  let now = 0;
  const turns = new Turns(null, () => now);
  const { signal } = new AbortController();
  const run = { graph: "stage", attributes: () => ({}) } as const;
  const takes = (ms: number) => () => Promise.resolve(void (now += ms));
  await Promise.all([
    turns.take(signal, takes(30), run),
    turns.take(signal, takes(500)),
    turns.take(signal, takes(7), run),
  ]);
  const { runs, seconds } = turns.times.histograms.stage;
  equal(runs, 2);
  equal(Math.round(seconds * 1000), 37);
});
