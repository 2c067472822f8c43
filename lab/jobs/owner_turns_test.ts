import assert from "node:assert/strict";
import { OwnerTurns } from "./owner_turns.ts";

const jobs = ["a1", "a2", "a3", "b1", "c1", "c2"].map((id) => ({ id, owner: id[0]! }));

Deno.test("OwnerTurns serves owners in turn, of one owner the oldest first", () => {
  const ids = new OwnerTurns().order(jobs).map(({ id }) => id);
  assert.deepEqual(ids, ["a1", "b1", "c1", "a2", "c2", "a3"]);
});

Deno.test("OwnerTurns puts those behind who were served last, and those whose job runs", () => {
  const turns = new OwnerTurns();
  turns.serve("a");
  turns.serve("b");
  assert.deepEqual(turns.order(jobs).map(({ id }) => id), ["c1", "a1", "b1", "c2", "a2", "a3"]);
  assert.equal(turns.order(jobs, new Set(["c"]))[0]!.id, "a1");
  turns.keep(new Set(["b"]));
  assert.deepEqual(turns.order(jobs).slice(0, 3).map(({ id }) => id), ["a1", "c1", "b1"]);
  assert.deepEqual(turns.order([]), []);
});
