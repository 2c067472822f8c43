import type { Token } from "./tokenizer.ts";

export type TrackedToken = { readonly id: number; readonly warning?: string } | { readonly refusal: string };

/** A warning names this many of the other tokens; the lowest ids come first. */
const MAX_NAMED = 4;

/** What looking a token up by its words needs of a tokenizer. */
export interface TrackSource {
  readonly vocabulary: number;
  readonly unknownId: number | undefined;
  token(id: number): Token;
  /** Ids without special tokens. */
  encode(text: string): number[];
}

/**
 * Makes the lookup behind `track` (api.md): the token whose piece or text equals the string (of several the lowest id,
 * with a warning), else the one token that the tokenizer makes of it, else a refusal that shows how it splits.
 * The index over the vocabulary is built at the first lookup.
 */
export function trackLookup(source: TrackSource): (text: string) => TrackedToken {
  let index: Map<string, number[]> | undefined;
  return (text) => {
    if (text === "") return { refusal: "the empty string is no token" };
    index ??= indexVocabulary(source);
    const ids = index.get(text);
    if (ids !== undefined) return chosen(source, text, ids);
    const encoded = source.encode(text);
    const [only] = encoded;
    if (encoded.length === 1 && only !== undefined && only !== source.unknownId) return { id: only };
    const split = (part: string) => source.encode(part).map((id) => quote(source.token(id).piece)).join(" ");
    return {
      refusal: `${quote(text)} is not one token: it splits into ${split(text)}, with a leading space into ${
        split(" " + text)
      }`,
    };
  };
}

function chosen(source: TrackSource, text: string, ids: number[]): TrackedToken {
  const [id, ...others] = ids as [number, ...number[]];
  if (others.length === 0) return { id };
  const named = others.slice(0, MAX_NAMED).map((other) => `${other} (${quote(source.token(other).piece)})`).join(", ");
  const rest = others.length > MAX_NAMED ? ` and ${others.length - MAX_NAMED} more` : "";
  return {
    id,
    warning: `${quote(text)} is the piece or text of ${ids.length} tokens: the lowest id ${id} (${
      quote(source.token(id).piece)
    }) is tracked; others are ${named}${rest}, to be had with track_ids`,
  };
}

/** Piece and text of every token → its ids, ascending. */
function indexVocabulary(source: TrackSource): Map<string, number[]> {
  const index = new Map<string, number[]>();
  const add = (key: string, id: number) => {
    const ids = index.get(key);
    if (ids === undefined) index.set(key, [id]);
    else ids.push(id);
  };
  for (let id = 0; id < source.vocabulary; id++) {
    const { piece, text } = source.token(id);
    if (piece !== "") add(piece, id);
    if (text !== "" && text !== piece) add(text, id);
  }
  return index;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
