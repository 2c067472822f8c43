import assert from "node:assert/strict";
import { freshPrompt, Load, timesOf } from "./fairness.ts";
import { keyedService } from "./keyed_service.ts";

const light = (turn: number) => ({ prompt: freshPrompt(8, turn, 512), top_k: 1 });
const heavy = (turn: number) => ({
  prompt: freshPrompt(256, turn, 512),
  positions: "all",
  sites: ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"],
  top_k: 1,
});

Deno.test("a light probe of one key does not wait for the flood of another", async () => {
  await using keyed = await keyedService({ heavy: "read", light: "read" });
  const flood = new Load(keyed, "heavy", "/probe", heavy, 32);
  try {
    while (flood.answers < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = flood.answers;
    await timesOf(keyed, "light", light, 20);
    const meanwhile = flood.answers - before;
    // First come, first served would put some thirty heavy ones before each light one.
    assert.ok(meanwhile <= 3 * 20, `${meanwhile} heavy probes were answered while 20 light ones were`);
  } finally {
    await flood.stop();
  }
});

Deno.test("two keys that ask the same get the same work", async () => {
  await using keyed = await keyedService({ many: "read", few: "read" });
  // One has four times the requests in flight of the other.
  const loads = [new Load(keyed, "many", "/probe", heavy, 16), new Load(keyed, "few", "/probe", heavy, 4)];
  try {
    while (loads.some(({ answers }) => answers < 12)) await new Promise((resolve) => setTimeout(resolve, 20));
    const [many, few] = loads.map(({ rows }) => rows) as [number, number];
    assert.ok(many <= 1.5 * few && few <= 1.5 * many, `${many} and ${few} rows`);
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
});
