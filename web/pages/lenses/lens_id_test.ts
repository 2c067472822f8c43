import assert from "node:assert/strict";
import { LENS_ID as SERVICE_RULE } from "../../../lens/library/types.ts";
import { idOfFile, LENS_ID } from "./lens_id.ts";

Deno.test("idOfFile() proposes what the service takes, whatever the file is called", () => {
  const cases: [string, string][] = [
    ["params.pt", "params"],
    ["Llama-2-7B lens (final).safetensors", "llama-2-7b-lens-final"],
    ["logit.pt", "lens"],
    ["Λένς.npz", "lens"],
    [".hidden.pt", "hidden"],
    ["", "lens"],
    [`${"x".repeat(99)}.pt`, "x".repeat(64)],
    ["a_b.c.pt", "a_b.c"],
  ];
  const pattern = new RegExp(`^(?:${LENS_ID})$`, "v");
  for (const [name, id] of cases) {
    assert.equal(idOfFile(name), id);
    assert.match(id, SERVICE_RULE);
    assert.match(id, pattern);
  }
  assert.equal(idOfFile("a.pt", ["a", "a-2"]), "a-3");
  assert.equal(idOfFile(`${"x".repeat(64)}.pt`, ["x".repeat(64)]), `${"x".repeat(62)}-2`);
  for (const id of ["logit", "-a", "A", "a b", "", "x".repeat(65)]) assert.doesNotMatch(id, pattern);
});
