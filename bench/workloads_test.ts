import assert from "node:assert/strict";
import { generatedWorkloads, lcgIds, peerDump, type ProbeAnswer, probeRequests } from "./workloads.ts";

Deno.test("generatedWorkloads() has the peers' own token ids", () => {
  assert.deepEqual(lcgIds(6, 4096), [728, 747, 2383, 2163, 676, 3988]);
  const [w1, w2, w4] = generatedWorkloads(4096);
  assert.deepEqual(w1!.prompts, [lcgIds(16, 4096)]);
  assert.deepEqual(w2!.prompts, [lcgIds(128, 4096)]);
  assert.deepEqual(w4!.prompts.map((prompt) => prompt.length), [112, 110, 114, 111, 113, 112, 109, 115, 112, 112]);
  assert.deepEqual(w4!.prompts[3]!.slice(-11), [3395, 2736, 777, 1489, 66, 1378, 1278, 3661, 706, 3032, 1346]);
});

Deno.test("probeRequests() asks each prompt of a workload for what the peers answer", () => {
  const [w1, w2, w4] = generatedWorkloads(4096);
  assert.deepEqual(probeRequests(w1!), [{
    prompt: w1!.prompts[0],
    top_k: 10,
    cache: false,
    sites: ["attn_out", "resid_mid", "mlp_out", "resid_post"],
    positions: "last",
    statistics: [],
  }]);
  assert.equal(probeRequests(w2!)[0]!["positions"], "all");
  assert.equal(probeRequests(w4!).length, 10);
});

Deno.test("peerDump() puts cells where the peers have them, whatever their order", () => {
  const cell = (position: number, site: "attn_out" | "resid_post", layer: number, id: number) =>
    ({ position, site, layer, top: [{ id, prob: id / 10 }], entropy: id, kl_output_lens: -id }) as const;
  const answer = (readouts: ProbeAnswer["readouts"]): ProbeAnswer => ({
    readouts,
    usage: { rows: readouts.length },
    timing: { forward_ms: 0, lens_ms: 0 },
  });
  const last = answer([cell(3, "resid_post", 0, 2), cell(3, "attn_out", 0, 1)]);
  const all = answer([
    cell(1, "resid_post", 1, 4),
    cell(0, "resid_post", 1, 3),
    cell(0, "resid_post", 0, 1),
    cell(1, "resid_post", 0, 2),
  ]);
  const w1 = peerDump("W1", [last]) as { ids: number[][][][]; p: number[][][][] };
  assert.deepEqual([w1.ids[0]![0]![0], w1.ids[0]![0]![3]], [[1], [2]]);
  assert.deepEqual(w1.p[0]![0]![3], [0.2]);
  assert.deepEqual(peerDump("W2", [all]), {
    workload: "W2",
    h: [1, 2],
    ids: [[[1], [2]], [[3], [4]]],
    p: [[[0.1], [0.2]], [[0.3], [0.4]]],
    entropy: [[1, 2], [3, 4]],
    kl: [[-1, -2], [-3, -4]],
  });
});
