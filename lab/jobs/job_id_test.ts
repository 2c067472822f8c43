import assert from "node:assert/strict";
import { JOB_ID, newJobId } from "./job_id.ts";

Deno.test("newJobId() sorts by time, and after the last one when the clock stands or jumps back", () => {
  const times = [1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_001, 5, 1_800_000_000_000, 32 ** 9 - 1, 32 ** 9];
  let last: string | null = null;
  for (const now of times) {
    const id = newJobId(now, last);
    assert.match(id, JOB_ID);
    assert.ok(last === null || id > last, `${id} after ${last}`);
    last = id;
  }
});

Deno.test("newJobId() cannot be foretold", () => {
  const ids = new Set(Array.from({ length: 1000 }, () => newJobId(0, null).slice(10)));
  assert.equal(ids.size, 1000);
  assert.doesNotMatch("../../../../etc/passwd0000", JOB_ID);
});
