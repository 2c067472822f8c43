import assert from "node:assert/strict";
import fc from "fast-check";
import { type LayerKeyValues, PrefixCache } from "./prefix_cache.ts";

const CONFIG = { layers: 2, kvHeads: 3, headDim: 8 };
const TOKEN_BYTES = 2 * 2 * 3 * 8 * 4;

/** Keys and values that depend on the whole prefix, as real ones do: every number says which prefix, layer and head it is of. */
function computed(ids: readonly number[]): LayerKeyValues[] {
  const marks: number[] = [];
  let mark = 7;
  for (const id of ids) marks.push(mark = (mark * 31 + id) % 65521);
  return Array.from({ length: CONFIG.layers }, (_, layer) => {
    const values = (kind: number) =>
      Float32Array.from({ length: CONFIG.kvHeads * ids.length * CONFIG.headDim }, (_, i) => {
        const head = Math.floor(i / (ids.length * CONFIG.headDim));
        const position = Math.floor(i / CONFIG.headDim) % ids.length;
        return marks[position]! * 256 + layer * 128 + kind * 64 + head * 8 + (i % CONFIG.headDim);
      });
    return { key: values(0), value: values(1) };
  });
}

/** Every known position, read in two ranges, must be what was computed. */
function assertRight(cache: PrefixCache, ids: readonly number[], known: number): void {
  const cut = known >> 1;
  const expected = computed(ids.slice(0, known));
  for (const [from, to] of [[0, cut], [cut, known]] as const) {
    if (from === to) continue;
    const found = cache.read(Int32Array.from(ids), from, to);
    for (const [layer, { key, value }] of expected.entries()) {
      const range = (values: Float32Array) => {
        const { kvHeads, headDim } = CONFIG;
        const heads = Array.from({ length: kvHeads }, (_, head) => (head * known + from) * headDim);
        return heads.flatMap((at) => [...values.subarray(at, at + (to - from) * headDim)]);
      };
      assert.deepEqual([...found[layer]!.key], range(key));
      assert.deepEqual([...found[layer]!.value], range(value));
    }
  }
}

const prompt = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 });

Deno.test("PrefixCache knows exactly the longest prefix that it has seen, and keeps what was computed of it", () => {
  fc.assert(fc.property(fc.array(prompt, { maxLength: 12 }), prompt, fc.nat(12), (seen, asked, limit) => {
    const cache = new PrefixCache(CONFIG, Infinity);
    for (const ids of seen) cache.insert(Int32Array.from(ids), computed(ids));
    const shared = (ids: readonly number[]) => {
      let length = 0;
      while (length < Math.min(ids.length, asked.length, limit) && ids[length] === asked[length]) length++;
      return length;
    };
    const found = cache.known(Int32Array.from(asked), Math.min(limit, asked.length));
    assert.equal(found, Math.max(0, ...seen.map(shared)));
    assertRight(cache, asked, found);
    const distinct = new Set(seen.flatMap((ids) => ids.map((_, i) => ids.slice(0, i + 1).join())));
    assert.equal(cache.bytes, distinct.size * TOKEN_BYTES, "a shared prefix is held once");
  }));
});

Deno.test("PrefixCache stays within its budget and what it still knows is right", () => {
  fc.assert(fc.property(fc.array(prompt, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (prompts, tokens) => {
    const cache = new PrefixCache(CONFIG, tokens * TOKEN_BYTES);
    for (const ids of prompts) {
      assertRight(cache, ids, cache.known(Int32Array.from(ids), ids.length));
      cache.insert(Int32Array.from(ids), computed(ids));
      assert.ok(cache.bytes <= tokens * TOKEN_BYTES);
      if (ids.length <= tokens) assert.ok(cache.known(Int32Array.from(ids), ids.length) > 0);
    }
  }));
});

Deno.test("PrefixCache forgets what was used longest ago, the end of a prompt before its beginning", () => {
  const cache = new PrefixCache(CONFIG, 6 * TOKEN_BYTES);
  const known = (...ids: number[]) => cache.known(Int32Array.from(ids), ids.length);
  const add = (...ids: number[]) => cache.insert(Int32Array.from(ids), computed(ids));
  add(1, 2, 3);
  add(1, 2, 4);
  add(5, 6);
  cache.read(Int32Array.of(1, 2, 4), 0, 3);
  add(7);
  assert.deepEqual([known(1, 2, 3), known(1, 2, 4), known(5, 6), known(7)], [2, 3, 2, 1]);
});
