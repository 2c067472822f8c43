import assert from "node:assert/strict";
import { keepSets, keptSets, withSet } from "./kept_sets.ts";

class Memory {
  value: string | null = null;
  getItem(): string | null {
    return this.value;
  }
  setItem(_: string, value: string): void {
    if (value.length > 200) throw new DOMException("full", "QuotaExceededError");
    this.value = value;
  }
}

Deno.test("sets are kept, one a name, and one that has no room leaves those that were there", () => {
  const storage = new Memory();
  const first = withSet(keptSets(() => storage), { name: "a", prompts: ["x"] });
  assert.ok(keepSets(() => storage, first));
  const second = withSet(withSet(keptSets(() => storage), { name: "b", prompts: ["y"] }), {
    name: "a",
    prompts: ["z"],
  });
  assert.ok(keepSets(() => storage, second));
  assert.deepEqual(keptSets(() => storage), {
    sets: [{ name: "b", prompts: ["y"] }, { name: "a", prompts: ["z"] }],
    chosen: "a",
  });
  assert.equal(keepSets(() => storage, withSet(second, { name: "c", prompts: ["long".repeat(99)] })), false);
  assert.deepEqual(keptSets(() => storage), second);
});

Deno.test("what another wrote there is no set", () => {
  const storage = new Memory();
  const nothing = { sets: [], chosen: null };
  for (const value of [null, "", "{", "7", "{}", '{"sets":[{"name":"a","prompts":[]}],"chosen":null}', "[null]"]) {
    storage.value = value;
    assert.deepEqual(keptSets(() => storage), nothing, String(value));
  }
});

Deno.test("where the browser keeps nothing for a page, there is no set, and none is kept", () => {
  const refused = () => {
    throw new DOMException("access is denied for this document", "SecurityError");
  };
  assert.deepEqual(keptSets(refused), { sets: [], chosen: null });
  assert.equal(keepSets(refused, { sets: [], chosen: null }), false);
});
