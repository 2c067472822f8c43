import assert from "node:assert/strict";
import { crashJobs } from "./jobs.ts";

Deno.test("jobs stand kill -9 of the process that makes and runs them: each prompt is answered once, in order", async () => {
  const { kills, jobs, prompts, cutOff } = await crashJobs({ kills: 5, seed: 1 });
  assert.equal(kills, 5);
  assert.ok(jobs > 5 && prompts > 50 && cutOff > 0, JSON.stringify({ jobs, prompts, cutOff }));
});
