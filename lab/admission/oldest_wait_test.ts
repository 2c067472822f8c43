import { equal } from "node:assert/strict";
import { Admission } from "./admission.ts";

Deno.test("Admission tells how long the longest wait has been, and nothing once it is over", async () => {
  let now = 0;
  const admission = new Admission({ parallel: 1, now: () => now });
  const { signal } = new AbortController();
  const entrant = { key: null, cost: { tokens: 1, rows: 1 } };
  equal(admission.oldestWaitMs, 0);
  const first = await admission.enter(entrant, signal);
  equal(admission.oldestWaitMs, 0);
  const second = admission.enter(entrant, signal);
  now = 40;
  const third = admission.enter(entrant, signal);
  now = 100;
  equal(admission.oldestWaitMs, 100);
  first.release();
  (await second).release();
  (await third).release();
  equal(admission.oldestWaitMs, 0);
});
