import assert from "node:assert/strict";
import fc from "fast-check";
import { existsSync } from "node:fs";
import { createTokenizer, openTokenizer, type TokenKind, type TokenMatch } from "./tokenizer.ts";
import { tokenSearch } from "./tokenizer_search.ts";
import { byteLevelAlphabet } from "./tokenizer_text.ts";

const here = (path: string) => decodeURIComponent(new URL(path, new URL("..", import.meta.url)).pathname);

/** Tokens of given pieces, spelled with ▁ for a space; those in brackets are special, `<0x0A>` is a byte. */
function spelled(pieces: readonly string[]) {
  const kind = (id: number): TokenKind =>
    /^\[.*\]$/.test(pieces[id]!) ? "special" : /^<0x..>$/.test(pieces[id]!) ? "byte" : "text";
  const text = (id: number) =>
    kind(id) === "special" ? "" : kind(id) === "byte" ? "\n" : pieces[id]!.replaceAll("▁", " ");
  const token = (id: number) => ({ id, piece: pieces[id]!, text: text(id) });
  const search = tokenSearch({ vocabulary: pieces.length, token, kind });
  return async (query: string, match: TokenMatch = "contains") =>
    [...await search(query, match)].map((id) => pieces[id]!);
}

Deno.test("the best come first: the text, the same after a space, what begins with it, what has it; the shorter before", async () => {
  const find = spelled(["other", "▁they", "bathe", "then", "▁the", "the", "▁bathe", "dog", "them"]);
  assert.deepEqual(await find("the"), ["the", "▁the", "then", "them", "▁they", "other", "bathe", "▁bathe"]);
  assert.deepEqual(await find("the", "prefix"), ["the", "then", "them"]);
  assert.deepEqual(await find("the", "exact"), ["the"]);
  assert.deepEqual(await find("cat"), []);
});

Deno.test("a space is one, and ▁ and Ġ stand for it", async () => {
  const find = spelled(["the", "▁the", "▁they", "of▁the", "▁▁"]);
  for (const query of [" the", "▁the", "Ġthe"]) {
    assert.deepEqual(await find(query), ["▁the", "▁they", "of▁the"], query);
    assert.deepEqual(await find(query, "prefix"), ["▁the", "▁they"], query);
    assert.deepEqual(await find(query, "exact"), ["▁the"], query);
  }
  assert.deepEqual(await find("  "), ["▁▁"]);
  // A letter that is a marker elsewhere is still a letter.
  assert.deepEqual(await spelled(["ġan", "▁an", "Ġan"])("Ġan"), ["▁an", "Ġan", "ġan"]);
});

Deno.test("case counts where the text has an upper-case letter, and in exact; as typed comes first", async () => {
  const find = spelled(["LILY", "Lily", "lily", "▁Lily", "Σας", "ΣΑΣΟ"]);
  assert.deepEqual(await find("lily"), ["lily", "LILY", "Lily", "▁Lily"]);
  assert.deepEqual(await find("Lily"), ["Lily", "▁Lily"]);
  assert.deepEqual(await find("lily", "exact"), ["lily"]);
  // In lower case σ is written ς at the end of a word, which need not be the end of the token.
  assert.deepEqual(await find("σας"), ["Σας", "ΣΑΣΟ"]);
});

Deno.test("a token that is no text is found by its piece, a byte by its text as well, any other by its whole piece", async () => {
  const find = spelled(["[end]", "<0x0A>", "▁end", "end▁of"]);
  assert.deepEqual(await find("end"), ["▁end", "end▁of", "[end]"]);
  assert.deepEqual(await find("[end]", "exact"), ["[end]"]);
  assert.deepEqual(await find("[E"), []);
  assert.deepEqual(await find("[e", "prefix"), ["[end]"]);
  for (const query of ["\n", "0x0A", "<0x0A>"]) assert.deepEqual(await find(query), ["<0x0A>"], query);
  assert.deepEqual(await find("end▁of", "exact"), ["end▁of"]);
});

Deno.test("byte-level pieces: words by their text, parts of a character by their piece, unused ids by nothing", async () => {
  const vocab: Record<string, number> = {};
  for (const [character, byte] of byteLevelAlphabet()) vocab[character] = byte;
  for (const piece of ["Ġcafé", "ĊĊ", "âĤ"]) vocab[piece] = Object.keys(vocab).length;
  vocab["ĠcafÃ©"] = 259;
  const tokenizer = createTokenizer(
    {
      added_tokens: [{ id: 260, content: "<|end|>", special: true, normalized: false }, {
        id: 261,
        content: "<think>",
        special: false,
        normalized: false,
      }],
      decoder: { type: "ByteLevel" },
      model: { type: "BPE", vocab, merges: [] },
    },
    {},
    300,
  );
  const find = async (query: string, match: TokenMatch = "contains") => [...await tokenizer.search(query, match)];
  assert.deepEqual(await find(" café"), [259]);
  assert.deepEqual(await find("ĠcafÃ©", "exact"), [259]);
  assert.deepEqual(await find("\n\n"), [257]);
  assert.deepEqual(await find("ĊĊ"), [257]);
  assert.deepEqual(await find("âĤ"), [258]);
  assert.deepEqual(await find("end"), [260]);
  assert.deepEqual(await find("<think>"), [261]);
  assert.deepEqual(await find("unused"), []);
  assert.deepEqual([97, 258, 260, 261, 299].map((id) => tokenizer.kind(id)), [
    "text",
    "byte",
    "special",
    "text",
    "unused",
  ]);
});

Deno.test("the demo's tokens are each found by what they say", async () => {
  const tokenizer = await openTokenizer(here("demo/model"), 4096);
  assert(!("unavailable" in tokenizer));
  for (let id = 0; id < 4096; id += 7) {
    const { text, piece } = tokenizer.token(id);
    for (const query of [text, piece].filter((it) => it !== "")) {
      assert.ok((await tokenizer.search(query, "exact")).includes(id), JSON.stringify(query));
    }
  }
  assert.deepEqual([0, 1, 13, 3 + 0xe7, 400].map((id) => tokenizer.kind(id)), [
    "special",
    "special",
    "byte",
    "byte",
    "text",
  ]);
  const found = [...await tokenizer.search("lily", "contains")].map((id) => tokenizer.token(id).text);
  assert.deepEqual(found, ["Lily", " Lily"]);
});

const llama2 = here("../shared/data/llama2-tokenizer");

Deno.test({
  name: "32,000 tokens are searched in milliseconds (needs ../shared, the Llama-2 tokenizer)",
  ignore: !existsSync(llama2),
  fn: async () => {
    const tokenizer = await openTokenizer(llama2, 32000);
    assert(!("unavailable" in tokenizer));
    await tokenizer.search("a", "contains");
    const began = performance.now();
    for (const query of ["e", " the", "Lily", "a".repeat(64)]) await tokenizer.search(query, "contains");
    // 8 ms on the two processors that this was written on.
    assert.ok(performance.now() - began < 500);
    const texts = [...await tokenizer.search("the", "contains")].slice(0, 8).map((id) => tokenizer.token(id).text);
    assert.deepEqual(texts, ["the", "The", "THE", " the", " The", " THE", "ther", "then"]);
    assert.deepEqual([...await tokenizer.search("\n", "exact")], [13]);
  },
});

const letters = fc.string({ unit: fc.constantFrom("a", "B", "b", "é", "▁", "Ġ", "İ", "😀", "\0", "\n", "*", "(") });

Deno.test("what is found is what a plain look at every token finds, each once, whatever is typed", async () => {
  const pieces = fc.array(letters.map((it) => `x${it}`.slice(0, 8).toWellFormed()), { minLength: 1, maxLength: 30 });
  const query = letters.filter((it) => it !== "");
  await fc.assert(
    fc.asyncProperty(pieces, query, fc.nat(29), async (list, other, at) => {
      const kind = () => "text" as const;
      const texts = list.map((piece) => piece.replaceAll("▁", " "));
      const token = (id: number) => ({ id, piece: list[id]!, text: texts[id]! });
      const search = tokenSearch({ vocabulary: list.length, token, kind });
      // A part of a token that is there, or anything.
      for (const text of [other, list[at % list.length]!.slice(1) || "x"]) {
        const needles = [text, text.replaceAll(/[▁Ġ]/g, " ")];
        const asTyped = /\p{Lu}/u.test(needles[1]!);
        const seen = (it: string) => asTyped ? it : it.toLowerCase();
        const plain = (fits: (text: string, needle: string) => boolean, see = seen) =>
          texts.flatMap((it, id) =>
            list[id] === text || needles.some((needle) => fits(see(it), see(needle))) ? [id] : []
          );
        const found = async (match: TokenMatch) => [...await search(text, match)];
        const sorted = async (match: TokenMatch) => (await found(match)).sort((a, b) => a - b);
        assert.deepEqual(await sorted("contains"), plain((it, needle) => it.includes(needle)));
        assert.deepEqual(await sorted("prefix"), plain((it, needle) => it.startsWith(needle)));
        assert.deepEqual(await sorted("exact"), plain((it, needle) => it === needle, (it) => it));
        // Whatever is exact comes before the rest.
        const all = await found("contains");
        const exact = await found("exact");
        assert.deepEqual(all.slice(0, exact.length), exact);
        assert.equal(new Set(all).size, all.length);
      }
    }),
    { numRuns: 300 },
  );
});
