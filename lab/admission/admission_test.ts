import assert from "node:assert/strict";
import fc from "fast-check";
import { Admission, type AdmissionOptions, Draining, type OnPosition, type Permit, QueueFull } from "./admission.ts";
import { Calibration } from "./cost.ts";

const never = new AbortController().signal;

/** An admission whose callers are one, and whose requests take what the clock says. */
class OneLine extends Admission {
  one(signal: AbortSignal, onPosition?: OnPosition): Promise<Permit> {
    return this.enter({ key: null, cost: COST }, signal, onPosition);
  }
}

const COST = { tokens: 10, rows: 10 };

/** Lets everything that is ready happen. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Admission admits at once up to `parallel`, then in order of arrival", async () => {
  const admission = new OneLine({ parallel: 2, places: 8 });
  const order: number[] = [];
  const permits: Permit[] = [await admission.one(never), await admission.one(never)];
  const waiting = [1, 2, 3].map((name) =>
    admission.one(never).then((permit) => {
      order.push(name);
      permits.push(permit);
    })
  );
  await settle();
  assert.deepEqual([admission.running, admission.waiting, order], [2, 3, []]);
  permits[1]?.release();
  permits[1]?.release(); // a second release gives no second place
  await settle();
  assert.deepEqual([admission.running, admission.waiting, order], [2, 2, [1]]);
  permits[0]?.release();
  permits[2]?.release();
  await Promise.all(waiting);
  assert.deepEqual([admission.running, admission.waiting, order], [2, 0, [1, 2, 3]]);
});

Deno.test("Admission refuses with the time the queue needs when every place is taken", async () => {
  let clock = 0;
  const admission = new OneLine({ parallel: 1, places: 2, now: () => clock });
  for (let i = 0; i < 100; i++) {
    const permit = await admission.one(never);
    clock += 4000;
    permit.release({ forwardMs: 3000, lensMs: 1000 });
  }
  const permit = await admission.one(never);
  const waiting = [admission.one(never), admission.one(never)];
  await assert.rejects(admission.one(never), (error) => {
    assert.ok(error instanceof QueueFull);
    assert.deepEqual([error.bound, error.retryAfterSeconds], ["places", 12]);
    return true;
  });
  permit.release();
  for (const entry of waiting) (await entry).release();
  assert.deepEqual([admission.running, admission.waiting], [0, 0]);
});

Deno.test("Admission gives up a place when its signal aborts, and tells the others their new positions", async () => {
  const admission = new OneLine({ parallel: 1, places: 3 });
  const permit = await admission.one(never);
  const leaving = new AbortController();
  const seen: Record<string, number[]> = { a: [], b: [], c: [] };
  const a = admission.one(never, (position) => seen.a?.push(position));
  const b = admission.one(leaving.signal, (position) => seen.b?.push(position));
  const c = admission.one(never, (position) => seen.c?.push(position));
  const reason = new Error("hung up");
  leaving.abort(reason);
  await assert.rejects(b, reason);
  assert.equal(admission.waiting, 2);
  permit.release();
  (await a).release();
  (await c).release();
  assert.deepEqual(seen, { a: [1], b: [2], c: [3, 2, 1] });
  await assert.rejects(admission.one(AbortSignal.abort(reason)), reason);
  assert.equal(admission.running, 0);
});

Deno.test("drain() refuses the new, lets the running and the waiting end", async () => {
  const admission = new OneLine({ parallel: 1 });
  const permit = await admission.one(never);
  const waiting = admission.one(never);
  const drained = admission.drain(never);
  await assert.rejects(admission.one(never), Draining);
  permit.release();
  (await waiting).release();
  assert.equal(await drained, true);
  assert.equal(await admission.drain(never), true, "a second call finds nothing left");
});

Deno.test("drain() refuses what waits when the deadline passes", async () => {
  const admission = new OneLine({ parallel: 1 });
  const permit = await admission.one(never);
  const waiting = admission.one(never);
  const deadline = new AbortController();
  const drained = admission.drain(deadline.signal);
  deadline.abort();
  await assert.rejects(waiting, Draining);
  assert.equal(await drained, false);
  permit.release();
  assert.equal(admission.running, 0);
});

Deno.test("Admission never runs more than `parallel`, never holds more than `places`, and loses nobody", async () => {
  const step = fc.constantFrom("enter", "release", "abort" as const);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(3), fc.array(step), async (parallel, places, steps) => {
      const admission = new OneLine({ parallel, places });
      const held: Permit[] = [];
      const signals: AbortController[] = [];
      let entered = 0, ended = 0;
      for (const action of steps) {
        if (action === "enter") {
          const leaving = new AbortController();
          signals.push(leaving);
          entered++;
          admission.one(leaving.signal).then((permit) => held.push(permit), () => ended++);
        } else if (action === "abort") signals.shift()?.abort();
        else if (held.length > 0) {
          held.shift()?.release();
          ended++;
        }
        await settle();
        assert.ok(admission.running <= parallel && admission.waiting <= places);
        assert.equal(admission.running, held.length);
        assert.equal(admission.running + admission.waiting + ended, entered);
        assert.ok(admission.waiting === 0 || admission.running === parallel, "nobody waits beside a free place");
      }
    }),
    { seed: 20261, numRuns: 100 },
  );
});

const keyed = (key: string, tokens = 10) => ({ key, cost: { tokens, rows: 0 } });

/** A queue that knows what a token takes: 10 ms. */
function measured(options: Omit<AdmissionOptions, "calibration"> = {}) {
  const calibration = new Calibration();
  calibration.observe({ tokens: 100, rows: 0 }, { forwardMs: 1000, lensMs: 0 });
  return new Admission({ calibration, now: () => 0, ...options });
}

Deno.test("Admission lets a key of which nothing runs in beside the many of another", async () => {
  const admission = measured({ parallel: 2, places: 100 });
  const flood = Array.from({ length: 20 }, () => admission.enter(keyed("flood", 500), never));
  await settle();
  assert.deepEqual([admission.running, admission.waiting], [2, 18]);
  const light = await admission.enter(keyed("light"), never);
  assert.equal(admission.running, 3);
  // A second one of the same key waits, but only for the next place that is free.
  let admitted = false;
  const second = admission.enter(keyed("light"), never).then((permit) => {
    admitted = true;
    return permit;
  });
  light.release();
  await settle();
  assert.ok(admitted);
  (await second).release();
  for (const entry of flood) (await entry).release();
  assert.deepEqual([admission.running, admission.waiting], [0, 0]);
});

Deno.test("Admission bounds the places of one key, the tokens and the time of waiting, and says which", async () => {
  const bound = (admission: Admission, key: string, tokens: number) =>
    admission.enter(keyed(key, tokens), never).then(
      (permit) => assert.fail(`admitted: ${permit}`),
      (error) => (error as QueueFull).bound,
    );
  const fill = async (admission: Admission, key: string, tokens: number, count: number) => {
    for (let i = 0; i < count; i++) admission.enter(keyed(key, tokens), never).catch(() => {});
    await settle();
  };
  const places = measured({ parallel: 1, places: 10 });
  await fill(places, "flood", 10, 100);
  assert.equal(places.waiting, 5, "half of them, beside one that runs");
  assert.equal(await bound(places, "flood", 10), "share");
  const tokens = measured({ parallel: 1, places: 100, tokens: 1000 });
  await fill(tokens, "a", 400, 3);
  assert.equal(await bound(tokens, "a", 400), "tokens");
  const time = measured({ parallel: 1, places: 100, waitMs: 10_000 });
  await fill(time, "a", 400, 3);
  assert.equal(await bound(time, "a", 400), "wait");
});

Deno.test("Admission tells the wait of whoever waits, from measured times", async () => {
  const admission = measured({ parallel: 1 });
  const told: [number, number][] = [];
  const permits = [await admission.enter(keyed("a", 100), never)];
  const waiting = [200, 300].map((tokens) =>
    admission.enter(keyed("a", tokens), never, (position, ms) => told.push([position, Math.round(ms)]))
  );
  assert.deepEqual(told, [[1, 1000], [2, 3000]]);
  assert.equal(Math.round(admission.expectedWaitMs(keyed("a", 1))), 6000);
  permits[0]!.release();
  (await waiting[0]!).release();
  (await waiting[1]!).release();
});

Deno.test("Admission keeps places of its own for background work, which a drain refuses at once", async () => {
  const admission = measured({ parallel: 1, background: 1 });
  const probe = await admission.enter(keyed("a"), never);
  const job = await admission.enter({ ...keyed("a"), background: true }, never);
  const parked = assert.rejects(admission.enter({ ...keyed("a"), background: true }, never), Draining);
  const drained = admission.drain(never);
  await parked;
  probe.release();
  job.release();
  assert.equal(await drained, true);
});
