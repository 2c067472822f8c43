import assert from "node:assert/strict";
import { crashLensStore } from "./lens_store.ts";

Deno.test("a folder of lenses stands kill -9 of the processes that change it", async () => {
  const { kills, acknowledged } = await crashLensStore({ kills: 5, seed: 1 });
  assert.equal(kills, 5);
  assert.ok(acknowledged > 0);
});
