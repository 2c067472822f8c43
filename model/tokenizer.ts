import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { join } from "node:path";
import { readFile, stat } from "node:fs/promises";
import { type ChatMessage, type ChatTemplate, chatTemplate } from "./tokenizer_chat.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { type TokenSearch, tokenSearch } from "./tokenizer_search.ts";
import { textOfPiece } from "./tokenizer_text.ts";
import { type TrackedToken, trackLookup } from "./tokenizer_track.ts";

export { TokenizerError } from "./tokenizer_error.ts";
export type { ChatMessage } from "./tokenizer_chat.ts";
export type { TokenMatch } from "./tokenizer_search.ts";
export type { TrackedToken } from "./tokenizer_track.ts";

export interface Token {
  readonly id: number;
  /** As the tokenizer's vocabulary writes it: "▁Lily", "Ġthe", "<0x0A>", "<s>". */
  readonly piece: string;
  /** What it adds to the text: " Lily", " the", "\n"; "" for a special token and for a part of a character. */
  readonly text: string;
}

/**
 * What a token is: text; a byte, or a part of a character (`<0x0A>`, which is the text "\n", too); special, which stands for
 * no text; or an id of the model that the tokenizer has no token for.
 */
export type TokenKind = "text" | "byte" | "special" | "unused";

/** Text ↔ token ids of one model. Ids are always inside the model's vocabulary. */
export interface Tokenizer {
  /** @throws {TokenizerError} when the text needs a token that the model has no row for */
  encode(text: string, addSpecialTokens: boolean): number[];
  /**
   * Chat messages through the model's template, generation prompt included; the template writes its own special tokens.
   * @throws {TokenizerError} without a template, or when the template refuses the messages
   */
  encodeMessages(messages: readonly ChatMessage[]): number[];
  readonly hasChatTemplate: boolean;
  /**
   * The text of a sequence: special tokens and ids without a token left out, nothing tidied up; bytes that are no
   * character show as U+FFFD. A space that encoding put in front is taken off again.
   */
  decode(ids: readonly number[]): string;
  /** Memoised. An id of the model that the tokenizer has no token for has the piece `<unused-ID>` and no text. */
  token(id: number): Token;
  kind(id: number): TokenKind;
  /** The token a `track` string names. */
  find(text: string): TrackedToken;
  /** The tokens that people may mean by a text. */
  readonly search: TokenSearch;
  /**
   * UTF-16 units of the longest text worth encoding when `tokens` are allowed: a longer one has more tokens, or would
   * block the process for seconds. Refuse it before encoding.
   */
  characterLimit(tokens: number): number;
}

/** A byte of byte fallback. */
const BYTE_PIECE = /^<0x[0-9A-Fa-f]{2}>$/;

/** Bytes; the largest published tokenizer.json of this family is under 40 MB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** UTF-16 units; a million of them in one piece of SentencePiece-like BPE take 3.6 s and 500 MB. */
export const MAX_ENCODED_UNITS = 1 << 20;

/** Composing normalisers (NFC) make one unit of at most this many. */
const MAX_COMPOSED_UNITS = 4;

interface TokenizerJson {
  readonly model?: { readonly unk_token?: unknown; readonly byte_fallback?: unknown };
  readonly decoder?: unknown;
  readonly normalizer?: unknown;
}

/**
 * Opens the tokenizer of a Hugging Face model folder: tokenizer.json, and for the chat template tokenizer_config.json
 * or chat_template.jinja where they are. Nothing is fetched.
 *
 * It stands on @huggingface/tokenizers and @huggingface/jinja, the two parts of @huggingface/transformers that
 * AutoTokenizer itself uses: the whole package takes 100-180 ms and 55 MB to import, native code included (measured
 * November 2026), these two take under 15 ms.
 *
 * @param vocabulary rows of the model's embedding
 * @returns `unavailable`, a clause for the caller, when there is none or it cannot be read
 */
export async function openTokenizer(
  folder: string,
  vocabulary: number,
): Promise<Tokenizer | { readonly unavailable: string }> {
  try {
    const json = await readJson(folder, "tokenizer.json");
    if (json === undefined) return { unavailable: "the model has no tokenizer.json" };
    // A config that cannot be read costs the chat template, not the text.
    const config = await readJson(folder, "tokenizer_config.json").catch(() => undefined) ?? {};
    const template = await readText(folder, "chat_template.jinja");
    return createTokenizer(json, config, vocabulary, template);
  } catch (error) {
    if (error instanceof TokenizerError) return { unavailable: error.message };
    throw error;
  }
}

/**
 * Makes a tokenizer of the parsed files.
 * @throws {TokenizerError} when tokenizer.json is not one that can be used
 */
export function createTokenizer(
  json: Record<string, unknown>,
  config: Record<string, unknown>,
  vocabulary: number,
  templateFile?: string,
): Tokenizer {
  return new LocalTokenizer(json, config, vocabulary, templateFile);
}

class LocalTokenizer implements Tokenizer {
  readonly find: (text: string) => TrackedToken;
  readonly search: TokenSearch;
  readonly #hub: HubTokenizer;
  readonly #vocabulary: number;
  readonly #template: ChatTemplate | TokenizerError | undefined;
  readonly #textOf: (piece: string) => string;
  /** Added tokens by id: their text is what they read, or nothing for special ones. */
  readonly #addedText = new Map<number, string>();
  readonly #tokens: (Token | undefined)[];
  readonly #unitsPerToken: number;

  constructor(
    json: Record<string, unknown> & TokenizerJson,
    config: Record<string, unknown>,
    vocabulary: number,
    templateFile: string | undefined,
  ) {
    this.#hub = openHubTokenizer(json, config);
    this.#vocabulary = vocabulary;
    this.#template = templateOrFault(config, templateFile);
    this.#textOf = textOfPiece(json.decoder, json.model?.byte_fallback === true);
    for (const [id, token] of this.#hub.get_added_tokens_decoder()) {
      this.#addedText.set(id, token.special ? "" : token.content);
    }
    this.#tokens = new Array(vocabulary).fill(undefined);
    this.#unitsPerToken = this.#longestPiece() * (shortens(json.normalizer) ? MAX_COMPOSED_UNITS : 1);
    const unknown = json.model?.unk_token;
    this.find = trackLookup({
      vocabulary,
      unknownId: typeof unknown === "string" ? this.#hub.token_to_id(unknown) : undefined,
      token: (id) => this.token(id),
      encode: (text) => this.encode(text, false),
    });
    this.search = tokenSearch({ vocabulary, token: (id) => this.token(id), kind: (id) => this.kind(id) });
  }

  get hasChatTemplate(): boolean {
    return typeof this.#template === "function";
  }

  encode(text: string, addSpecialTokens: boolean): number[] {
    const { ids, tokens } = this.#hub.encode(text, { add_special_tokens: addSpecialTokens });
    // The library answers undefined for a character of neither vocabulary, bytes nor unknown token.
    const bad = (ids as (number | undefined)[]).findIndex((id) => id === undefined || id >= this.#vocabulary);
    if (bad < 0) return ids;
    const piece = JSON.stringify(tokens[bad]);
    throw new TokenizerError(
      ids[bad] === undefined
        ? `the tokenizer has no token for ${piece}`
        : `the tokenizer makes ${piece} token ${ids[bad]}, and the model's vocabulary has ${this.#vocabulary} tokens`,
    );
  }

  encodeMessages(messages: readonly ChatMessage[]): number[] {
    if (this.#template === undefined) throw new TokenizerError("the model has no chat template");
    if (this.#template instanceof TokenizerError) throw this.#template;
    return this.encode(this.#template(messages), false);
  }

  decode(ids: readonly number[]): string {
    const known = ids.filter((id) => this.#hub.id_to_token(id) !== undefined);
    if (known.length === 0) return "";
    return this.#hub.decode(known, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  token(id: number): Token {
    return this.#tokens[id] ??= this.#describe(id);
  }

  kind(id: number): TokenKind {
    const { piece, text } = this.token(id);
    if (!this.#hub.id_to_token(id)) return "unused";
    if (this.#addedText.get(id) === "") return "special";
    return text === "" || (text !== piece && BYTE_PIECE.test(piece)) ? "byte" : "text";
  }

  characterLimit(tokens: number): number {
    return Math.min(tokens * this.#unitsPerToken, MAX_ENCODED_UNITS);
  }

  #describe(id: number): Token {
    if (!Number.isInteger(id) || id < 0 || id >= this.#vocabulary) {
      throw new RangeError(`token id ${id} is outside the vocabulary of ${this.#vocabulary}`);
    }
    const piece = this.#hub.id_to_token(id);
    if (piece === undefined) return { id, piece: `<unused-${id}>`, text: "" };
    return { id, piece, text: this.#addedText.get(id) ?? this.#textOf(piece) };
  }

  #longestPiece(): number {
    let longest = 1;
    for (let id = 0; id < this.#vocabulary; id++) {
      longest = Math.max(longest, this.#hub.id_to_token(id)?.length ?? 0);
    }
    return longest;
  }
}

function openHubTokenizer(json: Record<string, unknown>, config: Record<string, unknown>): HubTokenizer {
  const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  try {
    return new HubTokenizer({ ...parts, ...json }, config);
  } catch {
    throw new TokenizerError("the model's tokenizer.json is of a kind that this service cannot use");
  }
}

/** A template that cannot be parsed is told to whoever uses it; text works without. */
function templateOrFault(
  config: Record<string, unknown>,
  file: string | undefined,
): ChatTemplate | TokenizerError | undefined {
  try {
    return chatTemplate(config, file);
  } catch (error) {
    if (error instanceof TokenizerError) return error;
    throw error;
  }
}

/** Whether normalising can make a text shorter: not where it only puts in or replaces one character by one. */
function shortens(normalizer: unknown): boolean {
  const text = JSON.stringify(normalizer ?? null);
  return [...text.matchAll(/"type":"(\w+)"/g)].some(([, type]) =>
    type !== "Sequence" && type !== "Prepend" && type !== "Replace"
  );
}

async function readJson(folder: string, name: string): Promise<Record<string, unknown> | undefined> {
  const text = await readText(folder, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TokenizerError(`the model's ${name} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TokenizerError(`the model's ${name} is not a JSON object`);
  }
  return value as Record<string, unknown>;
}

async function readText(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new TokenizerError(`the model's ${name} has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof TokenizerError) throw error;
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw new TokenizerError(`the model's ${name} cannot be read`);
  }
}
