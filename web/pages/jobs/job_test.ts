import assert from "node:assert/strict";
import document from "../../../openapi/openapi.json" with { type: "json" };
import { type Job, JOB_STATES } from "./job.ts";

const { Job: Described, JobState } = document.components.schemas;

Deno.test("what the page reads of a job is in the document", () => {
  // The compiler compares the names as well: a member that the document lacks does not compile.
  const read: readonly (keyof Job & keyof typeof Described.properties)[] = [
    ...["id", "state", "done", "failed", "total", "position", "paused"] as const,
    ...["created_at", "started_at", "finished_at", "owner", "shared"] as const,
  ];
  for (const name of read) assert.ok(Described.required.includes(name), name);
  assert.ok("error" in Described.properties);
  assert.deepEqual(JobState.enum, [...JOB_STATES]);
});
