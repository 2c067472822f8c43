import type { Token, Tokenizer } from "../model/tokenizer.ts";
import type { NoTokenizer } from "./parts.ts";

/** The tokens of a model as answers show them. */
export class Vocabulary {
  readonly #tokenizer: Tokenizer | undefined;
  readonly #members: string[] = [];

  constructor(tokenizer: Tokenizer | NoTokenizer) {
    this.#tokenizer = "unavailable" in tokenizer ? undefined : tokenizer;
  }

  /** Without a tokenizer pieces and texts are empty: nobody knows them. */
  token(id: number): Token {
    return this.#tokenizer?.token(id) ?? { id, piece: "", text: "" };
  }

  /** `"id":…,"piece":…,"text":…`: kept, because the same few tokens fill most cells and quoting is half of writing them. */
  members(id: number): string {
    return this.#members[id] ??= JSON.stringify(this.token(id)).slice(1, -1);
  }
}
