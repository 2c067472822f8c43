import { CheckpointError } from "./checkpoint/checkpoint_error.ts";
import { readGgufHeader } from "./checkpoint/gguf/header.ts";
import type { GgufMetadata } from "./checkpoint/gguf/metadata.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { byteLevelBpe } from "./tokenizer_gguf_bpe.ts";
import { sentencePieceBpe } from "./tokenizer_gguf_sentencepiece.ts";
import { readVocabulary, tokenAt } from "./tokenizer_gguf_vocabulary.ts";

const MODEL = "tokenizer.ggml.model";

/**
 * Opens the tokenizer that a GGUF file carries, chat template included.
 *
 * @param path the file
 * @param vocabulary rows of the model's embedding
 * @returns `unavailable`, a clause for the caller, when there is none or it is of a kind that is not read
 */
export async function openGgufTokenizer(
  path: string,
  vocabulary: number,
): Promise<Tokenizer | { readonly unavailable: string }> {
  try {
    return ggufTokenizer((await readGgufHeader(path)).metadata, vocabulary);
  } catch (error) {
    if (error instanceof TokenizerError || error instanceof CheckpointError) return { unavailable: error.message };
    throw error;
  }
}

/**
 * Makes a tokenizer of a GGUF's metadata: the parts of a tokenizer.json are written from it.
 *
 * @throws {TokenizerError} for a kind that is not read, by name
 * @throws {CheckpointError} for a value of a wrong type
 */
export function ggufTokenizer(metadata: GgufMetadata, vocabulary: number): Tokenizer {
  const kind = metadata.string(MODEL, "no_vocab");
  const tokens = readVocabulary(metadata);
  const config = tokenizerConfig(metadata, tokens);
  switch (kind) {
    case "llama":
      return createTokenizer(sentencePieceBpe(metadata, tokens), config, vocabulary);
    case "gpt2":
      return createTokenizer(byteLevelBpe(metadata, tokens), config, vocabulary);
    case "no_vocab":
    case "none":
      throw new TokenizerError("the model's GGUF has no tokenizer");
    default:
      throw new TokenizerError(
        `the model's GGUF has a tokenizer of the kind ${JSON.stringify(kind.slice(0, 40))}; llama and gpt2 are read`,
      );
  }
}

/** What tokenizer_config.json would say: the chat template and the special tokens that it names. */
function tokenizerConfig(metadata: GgufMetadata, tokens: readonly string[]): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  if (metadata.has("tokenizer.chat_template")) config["chat_template"] = metadata.string("tokenizer.chat_template");
  for (const [name, key] of [["bos", "bos"], ["eos", "eos"], ["unk", "unknown"], ["pad", "padding"]] as const) {
    const token = tokenAt(metadata, tokens, `tokenizer.ggml.${key}_token_id`);
    if (token !== null) config[`${name}_token`] = token.piece;
  }
  return config;
}
