/** A token as GET /vocabulary describes it. */
export interface VocabularyToken {
  readonly id: number;
  readonly piece: string;
  readonly text: string;
  readonly kind: "text" | "byte" | "special" | "unused";
}

/** Tokens that a text is looked for in, best first, or those of some ids. */
export interface VocabularyPage {
  readonly tokens: readonly VocabularyToken[];
  /** How many there are, with those that are not on this page. */
  readonly total: number;
}

/** `ids` with commas between them stands alone. */
export type VocabularyQuery = { readonly q: string; readonly limit?: string } | { readonly ids: string };
