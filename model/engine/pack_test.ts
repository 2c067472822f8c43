import assert from "node:assert/strict";
import fc from "fast-check";
import { attentionBias, packPrompts, packsOf, usableTokens } from "./pack.ts";

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
    for (const { ids, paths } of packs) {
      assert.ok(ids.length <= paths[0]!.length + limit);
      // What is over the limit is the first prompt's own length, and of others what they share more with than they add.
      const known = new Set<number>();
      for (const [place, path] of paths.entries()) {
        const added = path.filter((token) => !known.has(token));
        for (const token of added) known.add(token);
        assert.ok(place === 0 || known.size <= limit || added.length < path.length - added.length);
      }
    }
  }));
});

Deno.test("packsOf() has long prompts go together that differ in their ends, but not where a limit of 0 keeps them apart", () => {
  const long = Array.from({ length: 100 }, (_, i) => i);
  const drawn = [1, 2, 3, 4, 5].map((end) => [...long, -end, -end]);
  const lengths = (limit: number) => [...packsOf(drawn, limit)].map(({ ids }) => ids.length);
  assert.deepEqual(lengths(20), [110]);
  assert.deepEqual(lengths(4), [106, 104]);
  assert.deepEqual(lengths(0), [102, 102, 102, 102, 102]);
});

Deno.test("packPrompts() puts what is known first, and says whose it is", () => {
  const known = fc.array(fc.nat(8), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(prompts, known, (drawn, tokens) => {
    const beginnings = drawn.map((prompt, index) => Math.min(tokens[index]!, prompt.length));
    const pack = packPrompts(drawn, beginnings);
    const firsts = new Set(
      drawn.flatMap((prompt, i) => prompt.slice(0, beginnings[i]).map((_, n) => prompt.slice(0, n + 1).join())),
    );
    assert.equal(pack.known, firsts.size);
    const told = pack.knownRanges.flatMap(({ prompt, from, to }) => [...pack.paths[prompt]!.subarray(from, to)]);
    assert.deepEqual(told, Array.from({ length: pack.known }, (_, token) => token));
    for (const [index, path] of pack.paths.entries()) {
      assert.deepEqual([...path].map((token) => pack.ids[token]), drawn[index]);
      assert.ok(path.subarray(0, beginnings[index]).every((token) => token < pack.known));
    }
  }));
});

Deno.test("usableTokens() ends before the first token that any prompt wants", () => {
  const pack = packPrompts([[1, 2, 3, 4], [1, 2, 5]]);
  assert.deepEqual(usableTokens(pack, [4, 3], new Set([1])), [1, 1]);
  assert.deepEqual(usableTokens(pack, [4, 1], new Set([3, 4])), [3, 1]);
});

Deno.test("usableTokens() never leaves a single token to be computed, unless there is no other", () => {
  assert.deepEqual(usableTokens(packPrompts([[1, 2, 3, 4]]), [4], new Set([3])), [2]);
  assert.deepEqual(usableTokens(packPrompts([[1]]), [1], new Set([0])), [0]);
  fc.assert(
    fc.property(prompts, fc.array(fc.nat(8), { minLength: 8, maxLength: 8 }), fc.nat(70), (drawn, known, token) => {
      const pack = packPrompts(drawn);
      if (pack.ids.length === 1) return;
      const lengths = drawn.map(({ length }, i) => Math.min(length, known[i]!));
      const usable = usableTokens(pack, lengths, new Set([token % pack.ids.length]));
      const again = packPrompts(drawn, usable);
      assert.ok(again.ids.length - again.known >= 2, `${again.ids.length} less ${again.known}`);
    }),
  );
});
