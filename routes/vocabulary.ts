import type { Token, Tokenizer } from "../model/tokenizer.ts";
import type { NoTokenizer } from "./parts.ts";

/** The tokens of a model as answers show them. */
export class Vocabulary {
  readonly #tokenizer: Tokenizer | undefined;

  constructor(tokenizer: Tokenizer | NoTokenizer) {
    this.#tokenizer = "unavailable" in tokenizer ? undefined : tokenizer;
  }

  /** Without a tokenizer pieces and texts are empty: nobody knows them. */
  token(id: number): Token {
    return this.#tokenizer?.token(id) ?? { id, piece: "", text: "" };
  }
}
