import assert from "node:assert/strict";
import { danyudeLens, jacobianLens, layersOf, type Lens, LOGIT_LENS, tunedLens } from "./lens.ts";
import { type Site, SITES } from "./sites.ts";

const DEPTH = 4;

/** The table of numerics.md: translator, "out" for the model's output, "-" for none, w for a warning. */
function table(lens: Lens): Record<Site, string> {
  const cell = (site: Site, layer: number) => {
    const reading = lens.reading(site, layer);
    if (reading === null) return "-";
    if (reading.by === "output") return "out";
    if (reading.by === "identity") return "x";
    return `${reading.layer}${reading.warning === undefined ? "" : "w"}`;
  };
  const row = (site: Site) => Array.from({ length: DEPTH }, (_, layer) => cell(site, layer)).join(" ");
  return Object.fromEntries(SITES.map((site) => [site, row(site)])) as Record<Site, string>;
}

Deno.test("a tuned lens reads the input of block l with translator l and its output with l + 1", () => {
  assert.deepEqual(table(tunedLens({ layers: [0, 1, 2, 3], depth: DEPTH })), {
    resid_pre: "0 1 2 3",
    attn_out: "0w 1w 2w 3w",
    resid_mid: "0w 1w 2w 3w",
    mlp_out: "0w 1w 2w 3w",
    resid_post: "1 2 3 out",
  });
});

Deno.test("a Jacobian lens reads the output of block l with J_l and its input with J_{l-1}", () => {
  assert.deepEqual(table(jacobianLens({ layers: [0, 1, 2], depth: DEPTH })), {
    resid_pre: "- 0 1 2",
    attn_out: "0w 1w 2w -",
    resid_mid: "0w 1w 2w -",
    mlp_out: "0w 1w 2w -",
    resid_post: "0 1 2 out",
  });
  assert.equal(table(jacobianLens({ layers: [0, 3], depth: DEPTH })).attn_out, "0w - - 3w");
});

Deno.test("danyude reads everything of block l with translator l", () => {
  assert.deepEqual(table(danyudeLens({ layers: [0, 1, 2, 3], depth: DEPTH })), {
    resid_pre: "- 0w 1w 2w",
    attn_out: "0w 1w 2w 3w",
    resid_mid: "0w 1w 2w 3w",
    mlp_out: "0w 1w 2w 3w",
    resid_post: "0w 1w 2w out",
  });
});

Deno.test("layersOf() names the layers that a lens has for a site", () => {
  assert.deepEqual(layersOf(jacobianLens({ layers: [0, 2], depth: DEPTH }), "resid_pre", DEPTH), [1, 3]);
  assert.deepEqual(layersOf(LOGIT_LENS, "mlp_out", DEPTH), [0, 1, 2, 3]);
});
