import assert from "node:assert/strict";
import { MemoryBudget } from "./memory_budget.ts";

const never = new AbortController().signal;

Deno.test("MemoryBudget lets a small request wait behind a large one, and frees in order", async () => {
  const budget = new MemoryBudget(10);
  const order: string[] = [];
  const first = await budget.take(6, never);
  const large = budget.take(8, never).then((held) => (order.push("large"), held));
  const small = budget.take(1, never).then((held) => (order.push("small"), held));
  await Promise.resolve();
  assert.deepEqual(order, []);
  first[Symbol.dispose]();
  const held = await large;
  (await small)[Symbol.dispose]();
  assert.deepEqual(order, ["large", "small"]);
  held[Symbol.dispose]();
});

Deno.test("MemoryBudget runs one that is larger than the budget, alone", async () => {
  const budget = new MemoryBudget(10);
  const huge = await budget.take(100, never);
  let entered = false;
  const next = budget.take(1, never).then((held) => (entered = true, held));
  await Promise.resolve();
  assert.equal(entered, false);
  huge[Symbol.dispose]();
  huge[Symbol.dispose]();
  (await next)[Symbol.dispose]();
});

Deno.test("MemoryBudget lets one leave that is aborted while it waits, and those behind it go on", async () => {
  const budget = new MemoryBudget(10);
  const first = await budget.take(9, never);
  const stop = new AbortController();
  const gone = budget.take(5, stop.signal);
  const behind = budget.take(1, never);
  stop.abort(new Error("hung up"));
  await assert.rejects(gone, /hung up/);
  (await behind)[Symbol.dispose]();
  first[Symbol.dispose]();
  (await budget.take(10, never))[Symbol.dispose]();
});
