import { isObject, type Json, member } from "./json.ts";

/** What the loaded model and this deployment take: the generic document leaves it open. */
export interface ModelBounds {
  /** Blocks, L: layers are 0 to L - 1, or -L to -1 from the end. */
  readonly layers: number;
  /** Tokens of the vocabulary: ids are 0 to V - 1. */
  readonly vocabulary: number;
  /** Tokens of the longest prompt. */
  readonly promptTokens: number;
  /** Characters of the longest text; 0 without a tokenizer, when no text is taken. */
  readonly promptCharacters: number;
  /** Whether the service has keys: what is not for everybody needs one then. */
  readonly keys: boolean;
}

/**
 * Narrows a document in place to the loaded model, for fuzzers: most of what it then allows is answered, not refused.
 * Positions are bounded by the longest prompt, since no static schema knows the request's own.
 */
export function narrow(document: Json, bounds: ModelBounds): void {
  const { layers, vocabulary, promptTokens, promptCharacters, keys } = bounds;
  const narrowed: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    LayerIndex: { minimum: -layers, maximum: layers - 1 },
    PositionIndex: { minimum: -promptTokens, maximum: promptTokens - 1 },
    TokenId: { maximum: vocabulary - 1 },
    TokenPrompt: { maxItems: promptTokens },
    TextPrompt: { maxLength: promptCharacters },
  };
  const schemas = member(document, "components", "schemas");
  for (const [name, keywords] of Object.entries(narrowed)) Object.assign(member(schemas, name), keywords);
  if (keys) needKeys(document);
}

/** Leaves no choice where the generic document has one: with a key, or without. */
function needKeys(document: Json): void {
  const operations = Object.values(member(document, "paths")).flatMap((path) => Object.values(path as Json));
  for (const operation of operations) {
    if (!isObject(operation) || !Array.isArray(operation.security)) continue;
    operation.security = operation.security.filter((scheme) => isObject(scheme) && Object.keys(scheme).length > 0);
  }
}
