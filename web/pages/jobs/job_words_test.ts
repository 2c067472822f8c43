import assert from "node:assert/strict";
import type { Job } from "./job.ts";
import { secondsText, stateText } from "./job_words.ts";

const JOB: Job = {
  id: "a",
  state: "queued",
  done: 2,
  failed: 0,
  total: 9,
  position: 3,
  paused: false,
  created_at: "2026-11-24T10:00:00Z",
  started_at: "2026-11-24T10:00:01Z",
  finished_at: null,
  owner: null,
  shared: false,
};

Deno.test("stateText() says where a job stands, and how many prompts were refused", () => {
  assert.equal(stateText(JOB), "Waiting, place 3 of those that wait: 2 of 9 prompts.");
  assert.equal(stateText({ ...JOB, paused: true }), "Paused: 2 of 9 prompts.");
  assert.equal(stateText({ ...JOB, state: "running", failed: 1 }), "Running: 2 of 9 prompts, 1 of them refused.");
  const ended = { ...JOB, state: "succeeded", done: 9, finished_at: "2026-11-24T10:00:13Z" } as const;
  assert.equal(stateText(ended), "Done: 9 of 9 prompts in 12 s.");
  assert.match(stateText({ ...JOB, state: "failed", error: "no room" }), /^Failed after 2 of 9 prompts: no room\./);
});

Deno.test("secondsText() takes the unit that fits", () => {
  const times = [0, 0.04, 0.9999, 9.96, 99, 300, 11_520].map(secondsText);
  assert.deepEqual(times, ["0 ms", "40 ms", "1.0 s", "10 s", "99 s", "5 min", "3.2 h"]);
});
