import assert from "node:assert/strict";
import fc from "fast-check";
import { selectLayers, selectPositions, selectSites } from "./selection.ts";

Deno.test("selectLayers() gives each asked block once, ascending, negative ones from the end; or every fault", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 }),
      (layers, asked) => {
        const selected = selectLayers(asked, layers);
        const outside = asked.filter((it) => it < -layers || it >= layers);
        if ("faults" in selected) {
          assert.equal(selected.faults.length, outside.length);
          return;
        }
        assert.equal(outside.length, 0);
        const expected = Array.from({ length: layers }, (_, it) => it).filter((it) =>
          asked.includes(it) || asked.includes(it - layers)
        );
        assert.deepEqual(selected.indices, expected);
      },
    ),
    { seed: 4 },
  );
});

Deno.test("selectPositions() knows last and all", () => {
  assert.deepEqual(selectPositions("last", 3), { indices: [2] });
  assert.deepEqual(selectPositions("all", 3), { indices: [0, 1, 2] });
  assert.deepEqual(selectLayers(undefined, 2), { indices: [0, 1] });
});

Deno.test("selectSites() gives the order in which a state passes them", () => {
  assert.deepEqual(selectSites(["resid_post", "attn_out", "resid_post"]), ["attn_out", "resid_post"]);
});
