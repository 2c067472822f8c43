import assert from "node:assert/strict";
import { lensGiven } from "./lens_source.ts";

Deno.test("lensGiven() reads an id and a source, which may hold = itself", () => {
  const { parse } = lensGiven();
  assert.deepEqual(parse("mine=lens/params.pt"), { id: "mine", source: "lens/params.pt" });
  assert.deepEqual(parse("a.b-c_1=x=y"), { id: "a.b-c_1", source: "x=y" });
  for (const bad of ["", "mine", "=x", "mine=", "Mine=x", "logit=x", "a/b=x", `${"a".repeat(65)}=x`]) {
    assert.equal(parse(bad), undefined, bad);
  }
});
