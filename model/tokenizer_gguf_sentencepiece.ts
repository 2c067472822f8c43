import type { GgufMetadata } from "./checkpoint/gguf/metadata.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { addedTokens, postProcessor, readTypes, TOKEN_TYPE, tokenAt, vocabOf } from "./tokenizer_gguf_vocabulary.ts";

const SCORES = "tokenizer.ggml.scores";
const SPACE = "▁";
/** Splits of a longer piece are not tried: a piece of a vocabulary is a word at most. */
const MAX_PIECE_UNITS = 256;
/** Llama-2's 32,000 pieces have 61,249. */
const MAX_MERGES = 4_000_000;

/**
 * tokenizer.json of a SentencePiece BPE vocabulary (`tokenizer.ggml.model` "llama"). SentencePiece merges the neighbours
 * whose joined piece scores best; a tokenizer.json lists the merges, best first: every split of every piece into two pieces.
 *
 * @throws {TokenizerError} for normalisation that is not read
 * @see https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc
 */
export function sentencePieceBpe(metadata: GgufMetadata, tokens: readonly string[]): Record<string, unknown> {
  const types = readTypes(metadata, tokens);
  for (const key of ["remove_extra_whitespaces", "precompiled_charsmap"]) {
    const value = metadata.raw(`tokenizer.ggml.${key}`) ?? false;
    if (value !== false && (typeof value !== "object" || value.length > 0)) {
      throw new TokenizerError(`the model's GGUF asks for normalisation (${key}) that is not read`);
    }
  }
  const prefix = metadata.boolean("tokenizer.ggml.add_space_prefix", true);
  const spaces = { type: "Replace", pattern: { String: " " }, content: SPACE };
  const byteFallback = Array.prototype.filter.call(types, (type) => type === TOKEN_TYPE.byte).length === 256;
  const unknown = tokenAt(metadata, tokens, "tokenizer.ggml.unknown_token_id")?.piece ??
    tokens[Array.prototype.indexOf.call(types, TOKEN_TYPE.unknown)] ?? null;
  return {
    added_tokens: addedTokens(tokens, types),
    normalizer: {
      type: "Sequence",
      normalizers: [...(prefix ? [{ type: "Prepend", prepend: SPACE }] : []), spaces],
    },
    pre_tokenizer: null,
    post_processor: postProcessor(metadata, tokens, true),
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: SPACE }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: "BPE",
      vocab: vocabOf(tokens),
      merges: mergesByScore(metadata, tokens, types),
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: byteFallback,
    },
  };
}

/** Best score first; among splits of one piece the longer left part, as transformers' converter orders them. */
function mergesByScore(
  metadata: GgufMetadata,
  tokens: readonly string[],
  types: ArrayLike<number>,
): [string, string][] {
  const scores = metadata.numbers(SCORES);
  if (scores === null || scores.length !== tokens.length) {
    throw metadata.wrong(SCORES, `an array of ${tokens.length} numbers, one for each token`);
  }
  const mergeable = new Set(
    tokens.filter((_, id) => types[id] === TOKEN_TYPE.normal || types[id] === TOKEN_TYPE.userDefined),
  );
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = [];
  for (const [id, piece] of tokens.entries()) {
    if (types[id] !== TOKEN_TYPE.normal || piece.length > MAX_PIECE_UNITS) continue;
    for (let at = 1; at < piece.length; at++) {
      const left = piece.slice(0, at);
      const right = piece.slice(at);
      if (mergeable.has(left) && mergeable.has(right)) merges.push({ left, right, score: scores[id]! });
    }
    if (merges.length > MAX_MERGES) throw new TokenizerError(`the model's GGUF has more than ${MAX_MERGES} merges`);
  }
  merges.sort((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length);
  return merges.map(({ left, right }) => [left, right]);
}
