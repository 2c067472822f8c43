import assert from "node:assert/strict";
import { type Flow, Turns } from "./turns.ts";

/** A flow's signal, and turns of so many milliseconds on a clock that only they move. */
function clockwork() {
  let now = 0;
  const turns = new Turns(null, () => now);
  const served: string[] = [];
  const signalOf = (name: string, background = false) => {
    const signal = new AbortController().signal;
    turns.join(signal, { name, background } satisfies Flow);
    return signal;
  };
  const take = (signal: AbortSignal, ms: number) =>
    turns.take(signal, () => {
      now += ms;
      served.push(turns.flowOf(signal).name);
      return Promise.resolve();
    });
  return { turns, served, signalOf, take, now: () => now };
}

Deno.test("Turns serves one flow in the order of arrival", async () => {
  const { turns } = clockwork();
  const signal = new AbortController().signal;
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((i) => turns.take(signal, () => Promise.resolve(order.push(i)))));
  assert.deepEqual(order, [1, 2, 3]);
});

Deno.test("Turns gives two flows the same time, however many ask for each and however long their turns are", async () => {
  const { served, signalOf, take } = clockwork();
  const spent: Record<string, number> = { many: 0, few: 0 };
  const run = async (name: string, ms: number, turns: number) => {
    const signal = signalOf(name);
    for (let i = 0; i < turns; i++) {
      await take(signal, ms);
      spent[name]! += ms;
    }
  };
  const few = run("few", 5, 200);
  const many = Promise.all(Array.from({ length: 20 }, () => run("many", 50, 10)));
  await few;
  // While both had work: few's 1,000 ms.
  assert.ok(Math.abs(spent["many"]! - 1000) <= 50, `${spent["many"]} ms beside 1000`);
  await many;
  assert.equal(served.length, 400);
});

Deno.test("Turns serves a newcomer after the turn under way, whatever waits before it", async () => {
  const { served, signalOf, take } = clockwork();
  const heavy = signalOf("heavy");
  const flood = Array.from({ length: 64 }, () => take(heavy, 100));
  await flood[3];
  const light = signalOf("light");
  const before = served.length;
  for (let i = 0; i < 10; i++) await take(light, 2);
  const other = served.slice(before).filter((name) => name === "heavy").length;
  assert.ok(other <= 1, `${other} turns of the flood in between`);
  await Promise.all(flood);
});

Deno.test("Turns gives a flow that was away no more than its share afterwards", async () => {
  const { served, signalOf, take } = clockwork();
  const [a, b] = [signalOf("a"), signalOf("b")];
  for (let i = 0; i < 50; i++) await take(a, 10);
  const start = served.length;
  await Promise.all([a, b].flatMap((signal) => Array.from({ length: 20 }, () => take(signal, 10))));
  const first = served.slice(start, start + 20).filter((name) => name === "b").length;
  assert.ok(first >= 9 && first <= 11, `${first} of 20`);
});

Deno.test("Turns gives background work what others leave, and a little beside them", async () => {
  const { served, signalOf, take } = clockwork();
  const background = signalOf("job", true);
  const jobs = Array.from({ length: 100 }, () => take(background, 10));
  await jobs[9];
  const probe = signalOf("probe");
  await Promise.all(Array.from({ length: 170 }, () => take(probe, 10)));
  const beside = served.slice(served.indexOf("probe"), served.lastIndexOf("probe") + 1)
    .filter((name) => name === "job").length;
  assert.ok(beside >= 8 && beside <= 12, `${beside} beside 170`);
  await Promise.all(jobs);
});

Deno.test("Turns runs no step that was cancelled while it waited, and goes on", async () => {
  const { turns } = clockwork();
  const stop = new AbortController();
  const gone = turns.take(stop.signal, () => assert.fail("ran"));
  stop.abort(new Error("gone"));
  await assert.rejects(gone, /gone/);
  await assert.rejects(turns.take(new AbortController().signal, () => Promise.reject(new Error("broke"))), /broke/);
  assert.equal(await turns.take(new AbortController().signal, () => Promise.resolve(7)), 7);
});
