import type { GgufMetadata } from "./checkpoint/gguf/metadata.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { addedTokens, postProcessor, readTypes, vocabOf } from "./tokenizer_gguf_vocabulary.ts";

/** How a kind of byte-level BPE cuts a text into words before it merges, as the models' own tokenizer.json has it. */
interface PreTokenizer {
  /** Each cuts what the ones before left; a match and what lies between matches are pieces. */
  readonly splits: readonly string[];
  /** A whole word that is a token is taken as it is. */
  readonly ignoreMerges?: true;
  /** Whether texts begin with the bos token where the file does not say. */
  readonly bos?: true;
  readonly normalizer?: "NFC";
}

/** GPT-2's (encoder.py). */
const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
/** tiktoken's cl100k_base with digits in threes (Llama 3) or one by one (Qwen 2). */
const cl100k = (digits: string) =>
  String.raw`(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}` +
  String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const TEKKEN = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` +
  String.raw`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` +
  String.raw`|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const LLAMA3: PreTokenizer = { splits: [cl100k(String.raw`\p{N}{1,3}`)], ignoreMerges: true, bos: true };
const SINGLE_DIGITS: PreTokenizer = { splits: [String.raw`\p{N}`, GPT2] };

/** `tokenizer.ggml.pre` as llama.cpp's converter writes it (convert_hf_to_gguf.py, `get_vocab_base_pre`). */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  // Files from before the key was: llama.cpp's own choice for them.
  default: { splits: [String.raw`[\p{P}$+<=>^~|]+`, GPT2, String.raw`\p{N}+`, "[0-9][0-9][0-9]"] },
  "gpt-2": { splits: [GPT2] },
  "phi-2": { splits: [GPT2] },
  "llama-bpe": LLAMA3,
  "llama-v3": LLAMA3,
  llama3: LLAMA3,
  qwen2: { splits: [cl100k(String.raw`\p{N}`)], normalizer: "NFC" },
  "deepseek-r1-qwen": { splits: [cl100k(String.raw`\p{N}`)] },
  smollm: SINGLE_DIGITS,
  starcoder: SINGLE_DIGITS,
  refact: SINGLE_DIGITS,
  tekken: { splits: [TEKKEN], ignoreMerges: true, bos: true },
};

/**
 * tokenizer.json of a byte-level BPE vocabulary (`tokenizer.ggml.model` "gpt2").
 *
 * @throws {TokenizerError} for a pre-tokenizer that is not read, by name
 */
export function byteLevelBpe(metadata: GgufMetadata, tokens: readonly string[]): Record<string, unknown> {
  const name = metadata.string("tokenizer.ggml.pre", "default");
  const pre = Object.hasOwn(PRE_TOKENIZERS, name) ? PRE_TOKENIZERS[name] : undefined;
  if (pre === undefined) {
    const known = Object.keys(PRE_TOKENIZERS).join(", ");
    throw new TokenizerError(
      `the model's GGUF has the pre-tokenizer ${JSON.stringify(name.slice(0, 40))}; ${known} are read`,
    );
  }
  if (metadata.boolean("tokenizer.ggml.add_space_prefix", false)) {
    throw new TokenizerError(
      "the model's GGUF puts a space before texts (add_space_prefix), which is not read for gpt2",
    );
  }
  return {
    added_tokens: addedTokens(tokens, readTypes(metadata, tokens)),
    normalizer: pre.normalizer === undefined ? null : { type: pre.normalizer },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        ...pre.splits.map((Regex) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false })),
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: postProcessor(metadata, tokens, pre.bos ?? false),
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE",
      vocab: vocabOf(tokens),
      merges: readMerges(metadata),
      ignore_merges: pre.ignoreMerges ?? false,
    },
  };
}

function readMerges(metadata: GgufMetadata): [string, string][] {
  const key = "tokenizer.ggml.merges";
  const merges = metadata.strings(key) ?? [];
  return merges.map((merge) => {
    // A piece may begin with the space that parts the two.
    const at = merge.indexOf(" ", 1);
    if (at < 0) throw metadata.wrong(key, "pairs of pieces with a space between");
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
}
