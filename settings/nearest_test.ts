import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("nearest() finds the word with the fewest changes, and none where all are far", () => {
  const words = ["--port", "--open", "--host"];
  assert.equal(nearest("--prt", words), "--port");
  assert.equal(nearest("--hots", words), "--host");
  assert.equal(nearest("--opens", words), "--open");
  assert.equal(nearest("--temperature", words), undefined);
  assert.equal(nearest("x", []), undefined);
});
