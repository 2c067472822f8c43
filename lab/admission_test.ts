import assert from "node:assert/strict";
import fc from "fast-check";
import { Admission, Draining, type Permit, QueueFull } from "./admission.ts";

const never = new AbortController().signal;

/** Lets everything that is ready happen. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Admission admits at once up to `parallel`, then in order of arrival", async () => {
  const admission = new Admission({ parallel: 2, places: 8 });
  const order: number[] = [];
  const permits: Permit[] = [await admission.enter(never), await admission.enter(never)];
  const waiting = [1, 2, 3].map((name) =>
    admission.enter(never).then((permit) => {
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
  const admission = new Admission({ parallel: 1, places: 2, now: () => clock });
  for (let i = 0; i < 100; i++) {
    using _permit = await admission.enter(never);
    clock += 4000;
  }
  const permit = await admission.enter(never);
  const waiting = [admission.enter(never), admission.enter(never)];
  await assert.rejects(admission.enter(never), (error) => {
    assert.ok(error instanceof QueueFull);
    assert.deepEqual([error.places, error.retryAfterSeconds], [2, 12]);
    return true;
  });
  permit.release();
  for (const entry of waiting) (await entry).release();
  assert.deepEqual([admission.running, admission.waiting], [0, 0]);
});

Deno.test("Admission gives up a place when its signal aborts, and tells the others their new positions", async () => {
  const admission = new Admission({ parallel: 1, places: 3 });
  const permit = await admission.enter(never);
  const leaving = new AbortController();
  const seen: Record<string, number[]> = { a: [], b: [], c: [] };
  const a = admission.enter(never, (position) => seen.a?.push(position));
  const b = admission.enter(leaving.signal, (position) => seen.b?.push(position));
  const c = admission.enter(never, (position) => seen.c?.push(position));
  const reason = new Error("hung up");
  leaving.abort(reason);
  await assert.rejects(b, reason);
  assert.equal(admission.waiting, 2);
  permit.release();
  (await a).release();
  (await c).release();
  assert.deepEqual(seen, { a: [1], b: [2], c: [3, 2, 1] });
  await assert.rejects(admission.enter(AbortSignal.abort(reason)), reason);
  assert.equal(admission.running, 0);
});

Deno.test("drain() refuses the new, lets the running and the waiting end", async () => {
  const admission = new Admission({ parallel: 1 });
  const permit = await admission.enter(never);
  const waiting = admission.enter(never);
  const drained = admission.drain(never);
  await assert.rejects(admission.enter(never), Draining);
  permit.release();
  (await waiting).release();
  assert.equal(await drained, true);
  assert.equal(await admission.drain(never), true, "a second call finds nothing left");
});

Deno.test("drain() refuses what waits when the deadline passes", async () => {
  const admission = new Admission({ parallel: 1 });
  const permit = await admission.enter(never);
  const waiting = admission.enter(never);
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
      const admission = new Admission({ parallel, places });
      const held: Permit[] = [];
      const signals: AbortController[] = [];
      let entered = 0, ended = 0;
      for (const action of steps) {
        if (action === "enter") {
          const leaving = new AbortController();
          signals.push(leaving);
          entered++;
          admission.enter(leaving.signal).then((permit) => held.push(permit), () => ended++);
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
