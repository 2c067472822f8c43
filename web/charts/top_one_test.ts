import assert from "node:assert/strict";
import { topOne, topOneText } from "./top_one.ts";

const through = (...ranks: (number | null)[]) => ranks.map((rank, layer) => ({ layer, rank, prob: null }));

Deno.test("where a token becomes the likeliest, and from where it stays so to the end", () => {
  for (
    const [ranks, becomes, stays, text] of [
      [[9, 1, 1], 1, 1, "from 1 on"],
      [[1, 2, 1, 1], 0, 2, "first at 0, from 2 on"],
      [[4, 1, 2], 1, null, "at 1, not at the end"],
      [[4, 3, 2], null, null, "never"],
      [[1, 1], 0, 0, "from 0 on"],
      [[1, null, 1], 0, 2, "first at 0, from 2 on"],
      [[null, null], null, null, "never"],
      [[], null, null, "never"],
    ] as const
  ) {
    assert.deepEqual(topOne(through(...ranks)), { becomes, stays }, String(ranks));
    assert.equal(topOneText({ becomes, stays }), text);
  }
});

Deno.test("layers are named by their number, not by their place", () => {
  const points = [4, 8, 31].map((layer) => ({ layer, rank: layer === 4 ? 2 : 1, prob: 1 }));
  assert.deepEqual(topOne(points), { becomes: 8, stays: 8 });
});
