import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { CheckpointError } from "./checkpoint/checkpoint_error.ts";
import { GgufCursor } from "./checkpoint/gguf/cursor.ts";
import { parseGgufHeader } from "./checkpoint/gguf/header.ts";
import { bool, ggufBytes, numbers, text, texts, u32, type Written } from "./checkpoint/gguf/testdata/gguf_bytes.ts";
import { ggufTokenizer, openGgufTokenizer } from "./tokenizer_gguf.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { byteLevelAlphabet } from "./tokenizer_text.ts";

const root = new URL("..", import.meta.url);
const here = (path: string) => decodeURIComponent(new URL(path, root).pathname);

function tokenizerOf(entries: Record<string, Written>, vocabulary: number): Tokenizer {
  const keys = Object.entries(entries).map(([key, value]) => [`tokenizer.${key}`, value] as const);
  const bytes = ggufBytes(keys);
  return ggufTokenizer(parseGgufHeader(new GgufCursor(bytes, bytes.length, "model.gguf")).metadata, vocabulary);
}

const llama2 = here("../shared/data/llama2-tokenizer/tokenizer.model");
const llama2Golden = here("../shared/golden/tokenizers/llama2.json");

Deno.test({
  name: "ggufTokenizer() gives Llama-2's golden ids, pieces and text from pieces and scores alone (needs ../shared)",
  ignore: !existsSync(llama2) || !existsSync(llama2Golden),
  fn: async () => {
    const { pieces, scores, types } = readSentencePieceModel(await Deno.readFile(llama2));
    const tokenizer = tokenizerOf({
      "ggml.model": text("llama"),
      "ggml.tokens": texts(pieces),
      "ggml.scores": numbers("f32", scores),
      "ggml.token_type": numbers("i32", types),
      "ggml.bos_token_id": u32(1),
      "ggml.eos_token_id": u32(2),
      "ggml.unknown_token_id": u32(0),
      "ggml.add_bos_token": bool(true),
    }, 32000);
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

const smollm2 = Deno.env.get("MIDSTREAM_TEST_SMOLLM2_GGUF") ?? "";
const smollm2Golden = here("../shared/golden/smollm2/expected.json");
Deno.test({
  name: "openGgufTokenizer() gives SmolLM2's golden ids (needs MIDSTREAM_TEST_SMOLLM2_GGUF, the file, and ../shared)",
  ignore: smollm2 === "" || !existsSync(smollm2Golden),
  fn: async () => {
    const tokenizer = await openGgufTokenizer(smollm2, 49152);
    assert("encode" in tokenizer, JSON.stringify(tokenizer));
    const { prompts } = JSON.parse(await Deno.readTextFile(smollm2Golden));
    for (const { text, input_ids, tokens } of prompts) {
      assert.deepEqual(tokenizer.encode(text, true), input_ids, text);
      assert.deepEqual(input_ids.map((id: number) => tokenizer.token(id).piece), tokens);
      assert.equal(tokenizer.decode(input_ids), text);
    }
    const chat = tokenizer.encodeMessages([{ role: "user", content: "Hi" }]);
    assert.equal(tokenizer.token(chat[0]!).piece, "<|im_start|>");
    assert.equal(chat.filter((id) => tokenizer.token(id).piece === "<|im_start|>").length, 3);
  },
});

Deno.test("ggufTokenizer() without the space prefix and without bytes keeps to the pieces there are", () => {
  const pieces = ["<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab"];
  const vocabulary = (prefix: boolean): Record<string, Written> => ({
    "ggml.model": text("llama"),
    "ggml.tokens": texts(pieces),
    "ggml.scores": numbers("f32", [0, 0, 0, -3, -4, -5, -1, -2]),
    "ggml.token_type": numbers("i32", [2, 3, 3, 1, 1, 1, 1, 1]),
    "ggml.bos_token_id": u32(1),
    "ggml.eos_token_id": u32(2),
    "ggml.unknown_token_id": u32(0),
    "ggml.add_space_prefix": bool(prefix),
    "ggml.add_eos_token": bool(true),
  });
  assert.deepEqual(tokenizerOf(vocabulary(true), 8).encode("ab ab", true), [1, 7, 7, 2]);
  assert.equal(tokenizerOf(vocabulary(true), 8).decode([7, 7]), "ab ab");
  assert.deepEqual(tokenizerOf(vocabulary(false), 8).encode("ab ab", true), [1, 6, 7, 2]);
  assert.equal(tokenizerOf(vocabulary(false), 8).decode([7]), " ab");
  assert.deepEqual(tokenizerOf(vocabulary(false), 8).encode("aZa", false), [4, 0, 4]);
});

/** Byte-level BPE of the 256 bytes and what the merges make. */
function byteLevel(pre: string, merges: readonly string[], more: Record<string, Written> = {}): Tokenizer {
  const pieces = [...byteLevelAlphabet().entries()].sort(([, a], [, b]) => a - b).map(([piece]) => piece);
  pieces.push(...merges.map((merge) => merge.replace(" ", "")), "<|end|>");
  const types = pieces.map((piece) => piece === "<|end|>" ? 3 : 1);
  return tokenizerOf({
    "ggml.model": text("gpt2"),
    "ggml.pre": text(pre),
    "ggml.tokens": texts(pieces),
    "ggml.token_type": numbers("i32", types),
    "ggml.merges": texts(merges),
    "ggml.bos_token_id": u32(pieces.length - 1),
    ...more,
  }, pieces.length);
}

Deno.test("ggufTokenizer() cuts digits as the pre-tokenizer's name says", () => {
  const merges = ["1 2", "12 3", "123 4"];
  const pieces = (tokenizer: Tokenizer) => tokenizer.encode("1234", false).map((id) => tokenizer.token(id).piece);
  assert.deepEqual(pieces(byteLevel("smollm", merges)), ["1", "2", "3", "4"]);
  assert.deepEqual(pieces(byteLevel("qwen2", merges)), ["1", "2", "3", "4"]);
  assert.deepEqual(pieces(byteLevel("llama-bpe", merges)), ["123", "4"]);
  assert.deepEqual(pieces(byteLevel("default", merges)), ["123", "4"]);
  assert.deepEqual(pieces(byteLevel("gpt-2", merges)), ["1234"]);
});

Deno.test("ggufTokenizer() puts bos in front where the kind or the file says so, and special tokens are found whole", () => {
  const end = 256;
  assert.deepEqual(byteLevel("gpt-2", []).encode("a", true), [97]);
  assert.deepEqual(byteLevel("llama-bpe", []).encode("a", true), [end, 97]);
  assert.deepEqual(byteLevel("llama-bpe", [], { "ggml.add_bos_token": bool(false) }).encode("a", true), [97]);
  assert.deepEqual(byteLevel("gpt-2", [], { "ggml.add_bos_token": bool(true) }).encode("a<|end|>", true), [
    end,
    97,
    end,
  ]);
});

const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ m['role'][0] }}{{ m['content'] }}{{ eos_token }}{% endfor %}" +
  "{% if add_generation_prompt %}a{% endif %}";
const MESSAGES = [{ role: "user", content: "ab" }, { role: "assistant", content: "b" }] as const;

Deno.test("ggufTokenizer() renders the file's chat template with its special tokens, whatever the kind of vocabulary", () => {
  const pieces = ["<unk>", "<s>", "</s>", "a", "b", "u", "ab"];
  const sentencePiece = tokenizerOf({
    "ggml.model": text("llama"),
    "ggml.tokens": texts(pieces),
    "ggml.scores": numbers("f32", [0, 0, 0, -3, -4, -5, -1]),
    "ggml.token_type": numbers("i32", [2, 3, 3, 1, 1, 1, 1]),
    "ggml.bos_token_id": u32(1),
    "ggml.eos_token_id": u32(2),
    "ggml.unknown_token_id": u32(0),
    "ggml.add_space_prefix": bool(false),
    "chat_template": text(TEMPLATE),
  }, pieces.length);
  const bpe = byteLevel("llama-bpe", ["a b"], { "ggml.eos_token_id": u32(257), "chat_template": text(TEMPLATE) });
  for (const [tokenizer, bos, eos] of [[sentencePiece, "<s>", "</s>"], [bpe, "<|end|>", "<|end|>"]] as const) {
    assert.equal(tokenizer.hasChatTemplate, true);
    const found = tokenizer.encodeMessages(MESSAGES).map((id) => tokenizer.token(id).piece);
    assert.deepEqual(found, [bos, "u", "ab", eos, "ab", eos, "a"]);
  }
  const silent = byteLevel("llama-bpe", []);
  assert.equal(silent.hasChatTemplate, false);
  assert.throws(() => silent.encodeMessages(MESSAGES), TokenizerError);
});

Deno.test("ggufTokenizer() refuses by name what it does not read", () => {
  const refused = (make: () => unknown, ...words: string[]) =>
    assert.throws(make, (error) => {
      assert(error instanceof TokenizerError, String(error));
      for (const word of words) assert(error.message.includes(word), error.message);
      return true;
    });
  refused(() => byteLevel("kimi-k2", []), "kimi-k2", "smollm");
  refused(() => byteLevel("toString", []), "toString");
  refused(() => byteLevel("gpt-2", [], { "ggml.add_space_prefix": bool(true) }), "add_space_prefix");
  refused(() => tokenizerOf({ "ggml.model": text("t5"), "ggml.tokens": texts(["a"]) }, 1), "t5", "gpt2");
  refused(() => tokenizerOf({}, 1), "no tokenizer");
  refused(() =>
    tokenizerOf({
      "ggml.model": text("llama"),
      "ggml.tokens": texts(["a"]),
      "ggml.scores": numbers("f32", [0]),
      "ggml.remove_extra_whitespaces": bool(true),
    }, 1), "remove_extra_whitespaces");
});

Deno.test("ggufTokenizer() answers any metadata with a tokenizer that keeps to the vocabulary, or says what is wrong", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom("▁", "▁a", "a", "b", "ab", "<0x41>", "__proto__", "1"),
  );
  // Mostly of one length, as they must be.
  const many = <T>(of: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: fc.array(of, { minLength: 8, maxLength: 8 }) }, fc.array(of, { maxLength: 12 }));
  const words = many(word);
  const id = fc.oneof(fc.nat(7), fc.constantFrom(9, 0xffff_ffff, 2 ** 31)).map(u32);
  const flag = fc.boolean().map(bool);
  const values: Record<string, fc.Arbitrary<Written>> = {
    "ggml.model": fc.constantFrom("llama", "gpt2", "bert", "").map(text),
    "ggml.pre": fc.constantFrom("default", "llama-bpe", "qwen2", "smollm", "constructor").map(text),
    "ggml.tokens": words.map(texts),
    "ggml.scores": many(fc.float({ noNaN: false })).map((scores) => numbers("f32", scores)),
    "ggml.token_type": many(fc.integer({ min: -1, max: 7 })).map((types) => numbers("i32", types)),
    "ggml.merges": fc.array(fc.tuple(word, word).map((pair) => pair.join(" ")), { maxLength: 5 }).map(texts),
    "ggml.bos_token_id": id,
    "ggml.eos_token_id": id,
    "ggml.unknown_token_id": id,
    "ggml.add_bos_token": flag,
    "ggml.add_eos_token": flag,
    "ggml.add_space_prefix": flag,
    "chat_template": fc.constantFrom("{{ bos_token }}{{ messages[0].content }}", "{% for", "").map(text),
  };
  const other = fc.oneof(flag, id, words.map(texts), fc.string().map(text));
  const entries = fc.record(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, fc.oneof({ weight: 30, arbitrary: value }, other)]),
    ),
    { requiredKeys: ["ggml.model", "ggml.tokens", "ggml.scores", "ggml.bos_token_id"] },
  );
  let made = 0;
  fc.assert(
    fc.property(entries, fc.string(), (metadata, prompt) => {
      let tokenizer: Tokenizer;
      try {
        tokenizer = tokenizerOf(metadata as Record<string, Written>, 8);
      } catch (error) {
        assert(error instanceof TokenizerError || error instanceof CheckpointError, String(error));
        return;
      }
      made++;
      for (let token = 0; token < 8; token++) assert.equal(tokenizer.token(token).id, token);
      const answer = encodedOrFault(() => tokenizer.encode(prompt, true));
      assert(answer.every((one) => one >= 0 && one < 8));
      encodedOrFault(() => tokenizer.encodeMessages([{ role: "user", content: prompt }]));
    }),
    { numRuns: 3000 },
  );
  assert(made > 100, String(made));
});

function encodedOrFault(encode: () => number[]): number[] {
  try {
    return encode();
  } catch (error) {
    assert(error instanceof TokenizerError, String(error));
    return [];
  }
}

Deno.test("openGgufTokenizer() says why a file has no text, without its path", async () => {
  const file = here("tests/golden/badfiles/gguf-bad-magic.gguf");
  const answer = await openGgufTokenizer(file, 64);
  assert("unavailable" in answer);
  assert.match(answer.unavailable, /GGUF/);
  assert(!answer.unavailable.includes("/"));
  assert("encode" in await openGgufTokenizer(here("tests/golden/badfiles/gguf-ok-f32.gguf"), 64));
});

/** Pieces, scores and types of a SentencePiece model: field 1 of its protobuf, each {1: piece, 2: score, 3: type}. */
function readSentencePieceModel(bytes: Uint8Array): { pieces: string[]; scores: number[]; types: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: string[] = [];
  const scores: number[] = [];
  const types: number[] = [];
  const fields = function* (from: number, to: number): Generator<[number, number, number]> {
    for (let at = from; at < to;) {
      const varint = () => {
        let value = 0;
        for (let shift = 0;; shift += 7) {
          const byte = bytes[at++]!;
          value += (byte & 127) * 2 ** shift;
          if (byte < 128) return value;
        }
      };
      const tag = varint();
      const start = at;
      if ((tag & 7) === 0) yield [tag >> 3, varint(), start];
      else {
        const length = (tag & 7) === 2 ? varint() : (tag & 7) === 5 ? 4 : 8;
        const begin = at;
        at += length;
        yield [tag >> 3, length, begin];
      }
    }
  };
  for (const [number, length, start] of fields(0, bytes.length)) {
    if (number !== 1) continue;
    let type = 1;
    let score = 0;
    for (const [field, value, begin] of fields(start, start + length)) {
      if (field === 1) {
        pieces.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(begin, begin + value)));
      }
      if (field === 2) score = view.getFloat32(begin, true);
      if (field === 3) type = value;
    }
    scores.push(score);
    types.push(type);
  }
  return { pieces, scores, types };
}
