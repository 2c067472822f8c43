import assert from "node:assert/strict";
import { tunedDump } from "./tuned_workload.ts";

Deno.test("tunedDump() puts the states entering the blocks first, and the model's output last", () => {
  const top = (id: number) => [{ id, prob: id / 10 }];
  const cell = (position: number, layer: number, id: number) =>
    ({ position, site: "resid_pre", layer, top: top(id), entropy: id, kl_output_lens: -id }) as const;
  const dump = tunedDump({
    readouts: [cell(1, 0, 2), cell(1, 1, 4), cell(0, 0, 1), cell(0, 1, 3)],
    output: [{ position: 1, top: top(6), entropy: 6 }, { position: 0, top: top(5), entropy: 5 }],
    usage: { rows: 6 },
    timing: { forward_ms: 0, lens_ms: 0 },
  });
  assert.deepEqual(dump, {
    workload: "W3",
    h: [0, 1, 2],
    ids: [[[1], [2]], [[3], [4]], [[5], [6]]],
    p: [[[0.1], [0.2]], [[0.3], [0.4]], [[0.5], [0.6]]],
    entropy: [[1, 2], [3, 4], [5, 6]],
    kl: [[-1, -2], [-3, -4], [0, 0]],
  });
});
