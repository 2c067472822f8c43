import assert from "node:assert/strict";
import fc from "fast-check";
import { Admission, QueueFull } from "../../lab/admission/admission.ts";
import { FailedAttempts } from "../../lab/keys/failed_attempts.ts";
import { levelOf, waitOf } from "../../lab/quota/bucket.ts";
import { runService } from "../service/running_service.ts";

const DAY_MS = 86_400_000;

/** `Date` of this process jumps by days, back and forth, until disposed. */
function jumpingDate(): Disposable {
  const real = Date.now;
  let calls = 0;
  Date.now = () => real() + [0, DAY_MS, -DAY_MS, 3 * DAY_MS, -30 * DAY_MS][calls++ % 5]!;
  return { [Symbol.dispose]: () => void (Date.now = real) };
}

Deno.test("a clock that jumps by days: refusals say sensible times, the engine comes back, and probes are answered", async () => {
  await using running = await runService();
  using _jumping = jumpingDate();
  const pid = running.service.engine.pid!;
  Deno.kill(pid, "SIGKILL");
  const refusals: number[] = [];
  for (;;) {
    const response = await running.post("/probe", { prompt: [5, 6, 7], top_k: 1 });
    const text = await response.text();
    if (response.status === 200 && running.service.engine.pid !== pid) break;
    if (response.status !== 200) {
      assert.equal(response.status, 503, text);
      refusals.push(Number(response.headers.get("Retry-After")));
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(refusals.length > 0, "the engine was never away");
  for (const seconds of refusals) assert.ok(seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);
});

Deno.test("failed attempts are counted by a clock that does not jump", () => {
  using _jumping = jumpingDate();
  const attempts = new FailedAttempts({ burst: 3, everyMs: 6000 });
  const waits = Array.from({ length: 20 }, () => attempts.add("192.0.2.1"));
  assert.deepEqual(waits.slice(0, 3), [0, 0, 0]);
  for (const wait of waits.slice(3)) assert.ok(wait >= 1 && wait <= 6, `${wait} s`);
});

Deno.test("a token bucket never has more than its size, and never waits longer than its emptiness, whatever its clock does", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.integer({ min: -1e12, max: 1e12 }), fc.nat(200)), { maxLength: 30 }),
    (steps) => {
      let bucket: { level: number; at: number } | undefined;
      for (const [now, amount] of steps) {
        const level = levelOf(bucket, 100, 60_000, now);
        assert.ok(level <= 100 && !Number.isNaN(level));
        const wait = waitOf(level, amount, 100, 60_000);
        assert.ok(wait >= 0 && wait <= (100 - Math.min(0, level)) * 600, `${wait} ms at the level ${level}`);
        if (wait === 0) bucket = { level: level - amount, at: now };
      }
    },
  ));
});

Deno.test("the queue goes on, and tells no negative wait, whatever its clock does", async () => {
  let now = 0;
  const admission = new Admission({ parallel: 1, places: 3, now: () => now });
  const cost = { tokens: 10, rows: 10 };
  const signal = new AbortController().signal;
  const told: number[] = [];
  const first = await admission.enter({ key: null, cost }, signal);
  const waiting = [1, 2, 3].map(() => admission.enter({ key: null, cost }, signal, (_, waitMs) => told.push(waitMs)));
  for (const jump of [DAY_MS, -DAY_MS, 0]) {
    now = jump;
    const error: unknown = await admission.enter({ key: null, cost }, signal).then(() => null, (error) => error);
    assert.ok(error instanceof QueueFull);
    assert.ok(
      error.retryAfterSeconds >= 1 && error.retryAfterSeconds <= 600,
      `Retry-After: ${error.retryAfterSeconds}`,
    );
  }
  first.release({ forwardMs: 1, lensMs: 1 });
  for (const permit of waiting) (await permit).release({ forwardMs: 1, lensMs: 1 });
  assert.ok(told.length > 0 && told.every((ms) => ms >= 0 && Number.isFinite(ms)), told.join());
  assert.equal(admission.running, 0);
});
