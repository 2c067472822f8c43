/** What every check reads: 64 tokens of it, or what the model takes. Plain English of our own, longer than any tokenizer needs. */
const TEXT =
  "One morning a small boat came up the river with no one in it. The children who saw it first ran to tell the miller, " +
  "and the miller asked the old woman who knew all the boats. She looked at the rope, which was cut, and at the basket " +
  'under the seat, which was warm. "Somebody sat here an hour ago," she said, "and somebody will want it back before ' +
  'the evening." So they tied the boat to a tree and waited, and nobody spoke for a while.';

const MOST_TOKENS = 64;

/** The part of a tokenizer that the checks need. */
export interface Encoder {
  encode(text: string, addSpecialTokens: boolean): number[];
}

/** Token ids for the checks: of the text, or without a tokenizer ids that repeat nothing for long. */
export function checkIds(
  encoder: Encoder | null,
  { vocabulary, most }: { vocabulary: number; most: number },
): number[] {
  const length = Math.min(MOST_TOKENS, most);
  return (encodedText(encoder) ?? scatteredIds(MOST_TOKENS, vocabulary)).slice(0, length);
}

/** null: there is no tokenizer, or it needs a token for this text that the model has no row for. */
function encodedText(encoder: Encoder | null): number[] | null {
  try {
    return encoder?.encode(TEXT, true) ?? null;
  } catch {
    return null;
  }
}

/** Multiplicative hashing (Knuth, TAOCP 3, 6.4). */
function scatteredIds(count: number, vocabulary: number): number[] {
  return Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0) % vocabulary);
}
