import type { GgufMetadata } from "./checkpoint/gguf/metadata.ts";
import { TokenizerError } from "./tokenizer_error.ts";

/** ggml's token types (llama.h, `enum llama_token_type`). */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

const TOKENS = "tokenizer.ggml.tokens";
const TYPES = "tokenizer.ggml.token_type";
const ID = { min: 0, max: 2 ** 22 };

/** The pieces by id. @throws {TokenizerError} where there are none */
export function readVocabulary(metadata: GgufMetadata): readonly string[] {
  return metadata.strings(TOKENS) ?? [];
}

/** Type of each token; all normal where the file does not say. */
export function readTypes(metadata: GgufMetadata, tokens: readonly string[]): ArrayLike<number> {
  const types = metadata.numbers(TYPES) ?? new Uint8Array(tokens.length).fill(TOKEN_TYPE.normal);
  if (types.length !== tokens.length) throw metadata.wrong(TYPES, `${tokens.length} long, as the tokens are`);
  return types;
}

/** The token under a key that names an id; null where the key is absent or names none. */
export function tokenAt(
  metadata: GgufMetadata,
  tokens: readonly string[],
  key: string,
): { readonly id: number; readonly piece: string } | null {
  if (!metadata.has(key)) return null;
  // 2^32 − 1 is llama.cpp's way to write "none".
  const id = metadata.raw(key) === 0xffff_ffff ? -1 : metadata.integer(key, ID);
  const piece = tokens[id];
  return piece === undefined ? null : { id, piece };
}

/** `vocab` of a tokenizer.json: piece → id, the lowest of several. Without a prototype, because any text can be a piece. */
export function vocabOf(tokens: readonly string[]): Record<string, number> {
  const vocab: Record<string, number> = Object.create(null);
  for (const [id, piece] of tokens.entries()) vocab[piece] ??= id;
  return vocab;
}

/** `added_tokens`: the ones that are matched whole in a text, before anything else is done with it. */
export function addedTokens(tokens: readonly string[], types: ArrayLike<number>): Record<string, unknown>[] {
  return tokens.flatMap((content, id) => {
    const type = types[id];
    const special = type === TOKEN_TYPE.control || type === TOKEN_TYPE.unknown;
    if (content === "" || !special && type !== TOKEN_TYPE.userDefined) return [];
    return [{ id, content, special, normalized: false, single_word: false, lstrip: false, rstrip: false }];
  });
}

/**
 * `post_processor`: the tokens put before and after a text.
 *
 * @param bosByDefault what the kind does where the file does not say
 */
export function postProcessor(
  metadata: GgufMetadata,
  tokens: readonly string[],
  bosByDefault: boolean,
): Record<string, unknown> | null {
  const wanted = (name: string, byDefault: boolean) => {
    if (!metadata.boolean(`tokenizer.ggml.add_${name}_token`, byDefault)) return null;
    const token = tokenAt(metadata, tokens, `tokenizer.ggml.${name}_token_id`);
    if (token !== null) return token;
    throw new TokenizerError(`the model's GGUF adds a ${name} token to texts and names none`);
  };
  const before = wanted("bos", bosByDefault);
  const after = wanted("eos", false);
  if (before === null && after === null) return null;
  const special = [before, after].filter((token) => token !== null);
  const part = (token: { piece: string } | null) =>
    token === null ? [] : [{ SpecialToken: { id: token.piece, type_id: 0 } }];
  return {
    type: "TemplateProcessing",
    single: [...part(before), { Sequence: { id: "A", type_id: 0 } }, ...part(after)],
    pair: [],
    special_tokens: Object.fromEntries(
      special.map(({ id, piece }) => [piece, { id: piece, ids: [id], tokens: [piece] }]),
    ),
  };
}
