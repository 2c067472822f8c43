import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenizer, MAX_ENCODED_UNITS, openTokenizer, type Tokenizer, TokenizerError } from "./tokenizer.ts";
import { byteLevelAlphabet } from "./tokenizer_text.ts";

const root = new URL("..", import.meta.url);
const here = (path: string) => decodeURIComponent(new URL(path, root).pathname);

async function opened(folder: string, vocabulary: number): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(folder, vocabulary);
  assert(!("unavailable" in tokenizer), JSON.stringify(tokenizer));
  return tokenizer;
}

/** Byte-level BPE: the 256 bytes, three merges, a special token, an added token that is ordinary text. */
function byteLevelJson(): Record<string, unknown> {
  const vocab: Record<string, number> = {};
  for (const [character, byte] of byteLevelAlphabet()) vocab[character] = byte;
  for (const piece of ["Ġt", "he", "Ġthe", "ï¿½"]) vocab[piece] = Object.keys(vocab).length;
  return {
    added_tokens: [
      { id: 260, content: "<|end|>", special: true, normalized: false },
      { id: 261, content: "<think>", special: false, normalized: false },
    ],
    normalizer: { type: "NFC" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab, merges: ["Ġ t", "h e", "Ġt he"] },
  };
}

const llama2 = here("../shared/data/llama2-tokenizer");
const llama2Golden = here("../shared/golden/tokenizers/llama2.json");
const noLlama2 = !existsSync(llama2) || !existsSync(llama2Golden);

Deno.test({
  name: "encode() gives the golden ids, pieces and text of 159 texts (needs ../shared, the Llama-2 tokenizer)",
  ignore: noLlama2,
  fn: async () => {
    const tokenizer = await opened(llama2, 32000);
    const { cases } = JSON.parse(await Deno.readTextFile(llama2Golden));
    assert.equal(cases.length, 159);
    for (const { text, ids, ids_without_special_tokens, tokens, decoded } of cases) {
      assert.deepEqual(tokenizer.encode(text, true), ids, JSON.stringify(text));
      assert.deepEqual(tokenizer.encode(text, false), ids_without_special_tokens, JSON.stringify(text));
      assert.deepEqual(ids.map((id: number) => tokenizer.token(id).piece), tokens);
      assert.equal(tokenizer.decode(ids), decoded);
    }
  },
});

Deno.test("encode() gives the demo's reference ids", async () => {
  const tokenizer = await opened(here("demo/model"), 4096);
  for (const { prompt, ids, tracked } of JSON.parse(await Deno.readTextFile(here("demo/expected.json")))) {
    assert.deepEqual(tokenizer.encode(prompt, true), ids);
    const { text, piece } = tokenizer.token(tracked);
    assert.equal(text, piece.replaceAll("▁", " "));
    assert.equal(tokenizer.decode(ids), prompt);
  }
});

Deno.test("token() joins to the text of every golden tokenizer, and openTokenizer() opens each", async () => {
  const folder = here("tests/golden/architectures");
  const text = "Once upon a time, there was a dog.";
  let opened_ = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) continue;
    const config = JSON.parse(await Deno.readTextFile(join(folder, name, "config.json")));
    const tokenizer = await opened(join(folder, name), config.vocab_size);
    const ids = tokenizer.encode(text, true);
    assert.equal(tokenizer.token(ids[0] ?? -1).text, "", name);
    assert.equal(ids.map((id) => tokenizer.token(id).text).join(""), " " + text, name);
    assert.equal(tokenizer.decode(ids), text, name);
    opened_++;
  }
  assert.equal(opened_, 16);
});

for (
  const [name, vocabulary, text] of [["stories260K", 512, "Lily saw a 猫.\n"], [
    "babyllama-tok105-0.9M",
    105,
    "Lily ran.",
  ]] as const
) {
  const folder = here(`../shared/data/checkpoints/${name}`);
  Deno.test({
    name: `decode() returns what encode() was given with ${name}'s tokenizer (needs ../shared)`,
    ignore: !existsSync(folder),
    fn: async () => {
      const tokenizer = await opened(folder, vocabulary);
      assert.equal(tokenizer.decode(tokenizer.encode(text, true)), text);
    },
  });
}

Deno.test("token() shows byte pieces and characters split over tokens as what they are", async () => {
  const tokenizer = await opened(here("demo/model"), 4096);
  assert.deepEqual(tokenizer.token(1), { id: 1, piece: "<s>", text: "" });
  assert.deepEqual(tokenizer.token(3 + 0x0a), { id: 13, piece: "<0x0A>", text: "\n" });
  const cat = tokenizer.encode("猫", false).slice(1).map((id) => tokenizer.token(id));
  assert.deepEqual(cat.map(({ piece }) => piece), ["<0xE7>", "<0x8C>", "<0xAB>"]);
  assert.deepEqual(cat.map(({ text }) => text), ["", "", ""]);
  assert.equal(tokenizer.decode(cat.map(({ id }) => id)), "猫");
});

Deno.test("token() reads byte-level pieces: words with their space, lone bytes, special and added tokens", () => {
  const tokenizer = createTokenizer(byteLevelJson(), {}, 300);
  const the = tokenizer.encode("a the", false);
  assert.deepEqual(the.map((id) => tokenizer.token(id)), [
    { id: 97, piece: "a", text: "a" },
    { id: 258, piece: "Ġthe", text: " the" },
  ]);
  const euro = tokenizer.encode("€", false);
  assert.deepEqual(euro, [0xe2, 0x82, 0xac]);
  assert.deepEqual(euro.map((id) => tokenizer.token(id).text), ["", "", ""]);
  assert.equal(tokenizer.decode(euro), "€");
  assert.equal(tokenizer.decode(euro.slice(0, 2)), "\ufffd");
  // A whole U+FFFD is text; it is not mistaken for broken bytes.
  assert.equal(tokenizer.token(259).text, "\ufffd");
  assert.deepEqual(tokenizer.encode("<|end|><think>", false), [260, 261]);
  assert.deepEqual(tokenizer.token(260), { id: 260, piece: "<|end|>", text: "" });
  assert.deepEqual(tokenizer.token(261), { id: 261, piece: "<think>", text: "<think>" });
  assert.equal(tokenizer.decode([97, 260, 98, 261]), "ab<think>");
});

Deno.test("token() names the model's ids that the tokenizer lacks, and refuses ids outside the model", () => {
  const tokenizer = createTokenizer(byteLevelJson(), {}, 300);
  assert.deepEqual(tokenizer.token(299), { id: 299, piece: "<unused-299>", text: "" });
  assert.deepEqual(tokenizer.find("<unused-299>"), { id: 299 });
  assert.equal(tokenizer.decode([97, 299]), "a");
  assert.equal(tokenizer.decode([299]), "");
  assert.equal(tokenizer.token(97), tokenizer.token(97));
  for (const id of [-1, 300, 0.5, NaN]) assert.throws(() => tokenizer.token(id), RangeError);
});

Deno.test("encode() refuses a token that the model has no row for", () => {
  const tokenizer = createTokenizer(byteLevelJson(), {}, 260);
  assert.throws(() => tokenizer.encode("<|end|>", false), (error: Error) => {
    assert(error instanceof TokenizerError);
    assert.match(error.message, /<\|end\|>.*260.*260 tokens/);
    return true;
  });
});

Deno.test("encode() returns quickly at the longest text that characterLimit() lets through", async () => {
  const demo = await opened(here("demo/model"), 4096);
  const limit = demo.characterLimit(512);
  assert(limit >= 512 && limit < 100_000, String(limit));
  // Each token says at most its share of the limit.
  assert(demo.encode("a ".repeat(limit), false).length > 512);
  assert.equal(createTokenizer(byteLevelJson(), {}, 300).characterLimit(1e9), MAX_ENCODED_UNITS);
  const start = performance.now();
  for (const filler of [" ", "a", "the cat ", "猫"]) demo.encode(filler.repeat(limit / filler.length), false);
  assert(performance.now() - start < 5_000);
});

Deno.test("openTokenizer() says why a folder has no text", async () => {
  const folder = await mkdtemp(join(tmpdir(), "midstream-tokenizer-"));
  try {
    assert.deepEqual(await openTokenizer(folder, 300), { unavailable: "the model has no tokenizer.json" });
    for (const [content, expected] of [["{", /not JSON/], ["[]", /not a JSON object/], ["{}", /kind/]] as const) {
      await writeFile(join(folder, "tokenizer.json"), content);
      const answer = await openTokenizer(folder, 300);
      assert("unavailable" in answer);
      assert.match(answer.unavailable, expected);
      assert(!answer.unavailable.includes(folder));
    }
    // tokenizer.json alone serves, without a chat template; so does one beside a broken config.
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(byteLevelJson()));
    assert.equal((await opened(folder, 300)).hasChatTemplate, false);
    await writeFile(join(folder, "tokenizer_config.json"), "{");
    assert.equal((await opened(folder, 300)).hasChatTemplate, false);
    await writeFile(join(folder, "chat_template.jinja"), "{{ messages[0]['content'] }}");
    const tokenizer = await opened(folder, 300);
    assert.deepEqual(tokenizer.encodeMessages([{ role: "user", content: "a" }]), [97]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
