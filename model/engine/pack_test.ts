import assert from "node:assert/strict";
import fc from "fast-check";
import { attentionBias, packPrompts, packsOf, sharedTokens } from "./pack.ts";

const prompts = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 8,
});

Deno.test("packPrompts() holds every prompt along its path, and a beginning that several share once", () => {
  fc.assert(fc.property(prompts, (drawn) => {
    const { ids, positions, parents, paths } = packPrompts(drawn);
    const beginnings = new Set(drawn.flatMap((prompt) => prompt.map((_, i) => prompt.slice(0, i + 1).join())));
    assert.equal(ids.length, beginnings.size);
    for (const [index, prompt] of drawn.entries()) {
      assert.deepEqual([...paths[index]!].map((token) => ids[token]), prompt);
      for (const [position, token] of paths[index]!.entries()) {
        assert.equal(positions[token], position);
        assert.equal(parents[token], position === 0 ? -1 : paths[index]![position - 1]);
        assert.ok(parents[token]! < token);
      }
    }
  }));
});

Deno.test("attentionBias() lets a token see its own prompt's tokens before it, and no other", () => {
  fc.assert(fc.property(prompts, fc.nat(10), fc.nat(10), (drawn, a, b) => {
    const pack = packPrompts(drawn);
    const [from, to] = [Math.min(a, pack.ids.length - 1), Math.min(Math.max(a, b) + 1, pack.ids.length)];
    const bias = attentionBias(pack, from, to);
    assert.equal(bias.length, (to - from) * to);
    for (let index = from; index < to; index++) {
      const path = pack.paths.find((tokens) => tokens.includes(index))!;
      const before = new Set(path.subarray(0, pack.positions[index]! + 1));
      for (let other = 0; other <= index; other++) {
        assert.equal(bias[(index - from) * to + other], before.has(other) ? 0 : -Infinity);
      }
    }
  }));
});

Deno.test("packsOf() keeps the order and the limit, and lets a long prompt go alone", () => {
  fc.assert(fc.property(prompts, fc.integer({ min: 1, max: 20 }), (drawn, limit) => {
    const packs = [...packsOf(drawn, limit)];
    const unpacked = packs.flatMap(({ ids, paths }) => paths.map((path) => [...path].map((token) => ids[token])));
    assert.deepEqual(unpacked, drawn);
    // What is over the limit is the first prompt's own length; those that add nothing to it may go along.
    for (const { ids, paths } of packs) assert.ok(ids.length <= limit || ids.length === paths[0]!.length);
  }));
});

Deno.test("sharedTokens() counts what all prompts begin with", () => {
  assert.equal(sharedTokens(packPrompts([[1, 2, 3], [1, 2, 4, 5], [1, 2]])), 2);
  assert.equal(sharedTokens(packPrompts([[1, 2, 3]])), 3);
  assert.equal(sharedTokens(packPrompts([[1], [2]])), 0);
});
