import assert from "node:assert/strict";
import { flood, floodText } from "./flood.ts";

Deno.test("100 good, bad and slow connections for 10 s: each is served or refused, and /livez is answered throughout", async () => {
  const report = await flood({ connections: 100, seconds: 10 });
  const text = floodText(report);
  assert.deepEqual(report.faults, [], text);
  assert.equal(report.livez.failed + report.probe.failed, 0, text);
  assert.ok(report.outcomes["probe"]?.[200], text);
  const mb = ({ httpMb, engineMb }: typeof report.memory[number]) => httpMb + engineMb;
  assert.ok(Math.max(...report.memory.map(mb)) < mb(report.memory[0]!) + 1000, text);
  assert.ok(report.alone.afterMs <= 2 * report.alone.beforeMs + 50, text);
});
