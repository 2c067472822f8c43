import assert from "node:assert/strict";
import { Pace } from "./pace.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("Pace counts only the time in which the other side is waited for", async () => {
  let slow = false;
  const pace = new Pace({ graceMs: 150, bytesPerSecond: 1e9 }, () => slow = true);
  for (let turn = 0; turn < 3; turn++) {
    pace.waits();
    await pause(10);
    pace.moved(1);
    await pause(100);
  }
  assert.equal(slow, false);
  pace.waits();
  await pause(250);
  assert.equal(slow, true);
});

Deno.test("Pace gives time for bytes, or the whole grace anew where it has no rate, and never more than the grace at once", async () => {
  for (const bytesPerSecond of [10_000, 0]) {
    let slow = false;
    const pace = new Pace({ graceMs: 100, bytesPerSecond }, () => slow = true);
    for (let turn = 0; turn < 5; turn++) {
      pace.waits();
      await pause(50);
      pace.moved(1000);
    }
    assert.equal(slow, false);
    pace.moved(1e9);
    pace.waits();
    await pause(200);
    assert.equal(slow, true);
  }
});
