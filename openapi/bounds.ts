import { type Json, member } from "./json.ts";

/** What the loaded model takes: the generic document leaves it open. */
export interface ModelBounds {
  /** Blocks, L: layers are 0 to L - 1, or -L to -1 from the end. */
  readonly layers: number;
  /** Tokens of the vocabulary: ids are 0 to V - 1. */
  readonly vocabulary: number;
  /** Tokens of the longest prompt. */
  readonly promptTokens: number;
  /** Characters of the longest text; 0 without a tokenizer, when no text is taken. */
  readonly promptCharacters: number;
}

/**
 * Narrows a document in place to the loaded model, for fuzzers: most of what it then allows is answered, not refused.
 * Positions are bounded by the longest prompt, since no static schema knows the request's own.
 */
export function narrow(document: Json, bounds: ModelBounds): void {
  const { layers, vocabulary, promptTokens, promptCharacters } = bounds;
  const narrowed: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    LayerIndex: { minimum: -layers, maximum: layers - 1 },
    PositionIndex: { minimum: -promptTokens, maximum: promptTokens - 1 },
    TokenId: { maximum: vocabulary - 1 },
    TokenPrompt: { maxItems: promptTokens },
    TextPrompt: { maxLength: promptCharacters },
  };
  const schemas = member(document, "components", "schemas");
  for (const [name, keywords] of Object.entries(narrowed)) Object.assign(member(schemas, name), keywords);
}
