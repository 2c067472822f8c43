import assert from "node:assert/strict";
import { Lines, type Waiting } from "./lines.ts";

const any = () => true;
const entry = (key: string, ms: number): Waiting => ({ key, ms, tokens: 1 });

Deno.test("Lines serve one key in the order of arrival", () => {
  const lines = new Lines<Waiting>();
  const all = [300, 10, 2000].map((ms) => entry("a", ms));
  for (const waiting of all) lines.push(waiting);
  assert.deepEqual([1, 2, 3].map(() => lines.shift(any)), all);
  assert.equal(lines.shift(any), undefined);
  assert.equal(lines.tokens, 0);
});

Deno.test("Lines give two keys equal work, whatever the size of a piece", () => {
  const lines = new Lines<Waiting>();
  for (let i = 0; i < 100; i++) lines.push(entry("heavy", 900));
  for (let i = 0; i < 3000; i++) lines.push(entry("light", 30));
  const work: Record<string, number> = { heavy: 0, light: 0 };
  for (let done = 0; done < 80_000;) {
    const { key, ms } = lines.shift(any)!;
    work[key]! += ms;
    done += ms;
  }
  assert.ok(Math.abs(work["heavy"]! - work["light"]!) <= 0.05 * work["heavy"]!, JSON.stringify(work));
});

Deno.test("Lines serve only those lines that may be, and lose nobody's turn", () => {
  const lines = new Lines<Waiting>();
  lines.push(entry("a", 1));
  lines.push(entry("b", 1));
  assert.equal(lines.shift((key) => key === "b")?.key, "b");
  assert.equal(lines.shift((key) => key === "b"), undefined);
  assert.equal(lines.shift(any)?.key, "a");
});

Deno.test("Lines tell who comes before someone", () => {
  const lines = new Lines<Waiting>();
  const mine = entry("mine", 100);
  for (let i = 0; i < 10; i++) lines.push(entry("flood", 500));
  assert.deepEqual(lines.ahead(mine), { count: 1, ms: 100 });
  lines.push(entry("mine", 50));
  assert.deepEqual(lines.ahead(mine), { count: 3, ms: 200 });
  lines.push(mine);
  assert.deepEqual(lines.ahead(mine), { count: 3, ms: 200 });
  assert.ok(lines.remove(mine) && !lines.remove(mine));
});
