import assert from "node:assert/strict";
import { FailedAttempts } from "./failed_attempts.ts";

Deno.test("FailedAttempts answers a few in full, then says when the next may come, each address for itself", () => {
  let now = 0;
  const attempts = new FailedAttempts({ burst: 2, everyMs: 6000, now: () => now });
  assert.deepEqual([1, 2, 3].map(() => attempts.add("a")), [0, 0, 6]);
  assert.equal(attempts.add("b"), 0);
  now = 3000;
  assert.equal(attempts.add("a"), 3);
  now = 6000;
  assert.equal(attempts.add("a"), 0);
  assert.equal(attempts.add("a"), 6);
  now = 0; // A clock that jumps back locks nobody out for longer.
  assert.ok(attempts.add("a") <= 6);
});
