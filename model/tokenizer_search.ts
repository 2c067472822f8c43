import type { Token, TokenKind } from "./tokenizer.ts";
import { Haystack } from "./tokenizer_haystack.ts";

/** How a token's text is to relate to the one that is looked for. */
export type TokenMatch = "contains" | "prefix" | "exact";

/** Ids of the tokens that match a well-formed text that is not empty, best first. */
export type TokenSearch = (text: string, match: TokenMatch) => Promise<Uint32Array>;

/** What searching tokens needs of a tokenizer. */
export interface SearchSource {
  readonly vocabulary: number;
  token(id: number): Token;
  kind(id: number): TokenKind;
}

/** How well a text fits, best first. */
const WHOLE = 0;
const WHOLE_AFTER_SPACE = 1;
const BEGINS = 2;
const INSIDE = 3;

/** Tokens that are described before the process looks after others; 4,096 take some milliseconds. */
const AT_A_TIME = 4096;

/**
 * Makes the search behind GET /vocabulary. The index is built at the first search.
 *
 * A token is found by its text; one that is no text (special, a byte) by its piece as well; and each by its whole piece.
 * Best first: the whole text, the same after a space, a text that begins with it (after a space, too), any other that has it;
 * of equals the shorter, then the one whose case is as typed, then the lower id. The same after a space comes early because
 * most words of a vocabulary are spelled with their space, and people type them without.
 *
 * The case of letters counts where the text has an upper-case one, and in `exact`; `▁` and `Ġ` also stand for a space.
 */
export function tokenSearch(source: SearchSource): TokenSearch {
  let index: Promise<SearchIndex> | undefined;
  return async (text, match) => (await (index ??= SearchIndex.of(source))).search(text, match);
}

class SearchIndex {
  readonly #folded: Haystack;

  /**
   * @param texts what tokens are found by, and the id that each belongs to
   * @param pieces of which only the whole counts
   */
  private constructor(
    private readonly vocabulary: number,
    private readonly texts: Entries,
    private readonly pieces: Entries,
  ) {
    this.#folded = texts.haystack.changed(fold);
  }

  static async of(source: SearchSource): Promise<SearchIndex> {
    const texts = new Found();
    const pieces = new Found();
    for (let id = 0; id < source.vocabulary; id++) {
      if (id % AT_A_TIME === AT_A_TIME - 1) await new Promise((resolve) => setTimeout(resolve, 0));
      const kind = source.kind(id);
      if (kind === "unused") continue;
      const { piece, text } = source.token(id);
      if (text !== "") texts.add(text, id);
      if (piece !== text) (kind === "text" ? pieces : texts).add(piece, id);
    }
    return new SearchIndex(source.vocabulary, texts.entries(), pieces.entries());
  }

  search(text: string, match: TokenMatch): Uint32Array {
    const spaced = text.replaceAll(/[▁Ġ]/g, " ");
    const asTyped = match === "exact" || spaced !== spaced.toLowerCase();
    const { haystack, ids } = this.texts;
    const keys: number[] = [];
    for (const needle of new Set([text, spaced])) {
      const [where, what] = asTyped ? [haystack, needle] : [this.#folded, fold(needle)];
      where.visit(what, (entry, at, length) => {
        const fit = at === 0
          ? length === what.length ? WHOLE : BEGINS
          : at === 1 && where.has(" ", entry, 0)
          ? length === what.length + 1 ? WHOLE_AFTER_SPACE : BEGINS
          : INSIDE;
        if (match === "exact" ? fit !== WHOLE : match === "prefix" && at > 0) return;
        const otherCase = !asTyped && !haystack.has(needle, entry, at);
        keys.push(keyOf(fit, length, otherCase, ids[entry]!));
      });
    }
    const pieces = this.pieces;
    pieces.haystack.visit(text, (entry, _at, length) => {
      if (length === text.length) keys.push(keyOf(WHOLE, length, false, pieces.ids[entry]!));
    });
    return this.#inOrder(keys);
  }

  /** Each id once, where it stands best. */
  #inOrder(keys: readonly number[]): Uint32Array {
    const seen = new Uint8Array(this.vocabulary);
    const ids = new Uint32Array(keys.length);
    let count = 0;
    for (const key of Float64Array.from(keys).sort()) {
      const id = key % ID_LIMIT;
      if (seen[id]) continue;
      seen[id] = 1;
      ids[count++] = id;
    }
    return ids.subarray(0, count);
  }
}

interface Entries {
  readonly haystack: Haystack;
  /** Of each entry. */
  readonly ids: Uint32Array;
}

class Found {
  readonly #texts: string[] = [];
  readonly #ids: number[] = [];

  add(text: string, id: number): void {
    this.#texts.push(text);
    this.#ids.push(id);
  }

  entries(): Entries {
    return { haystack: Haystack.of(this.#texts), ids: Uint32Array.from(this.#ids) };
  }
}

const ID_LIMIT = 2 ** 31;
const LENGTH_LIMIT = 2 ** 16;

/** One number to sort by: fit, length, case, id. Below 2^51, so every one is exact. */
function keyOf(fit: number, length: number, otherCase: boolean, id: number): number {
  return ((fit * LENGTH_LIMIT + Math.min(length, LENGTH_LIMIT - 1)) * 2 + Number(otherCase)) * ID_LIMIT + id;
}

/** In lower case, so that a part's is a part of the whole's: σ at the end of a word is written ς, in its middle σ. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll("ς", "σ");
}
