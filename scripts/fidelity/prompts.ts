/** Shorter texts say little. */
const LEAST_TOKENS = 8;

/**
 * Prompts of token ids from the beginning of a corpus, until there are enough positions.
 *
 * @param corpus plain text, a JSON array of texts, or `{"texts": […]}`
 * @throws {Error} where the corpus is too short
 */
export function takePrompts(
  corpus: string,
  encode: (text: string) => ArrayLike<number>,
  positions: number,
  longest: number,
): number[][] {
  const prompts: number[][] = [];
  let taken = 0;
  for (const text of textsOf(corpus)) {
    const ids = Array.from(encode(text)).slice(0, longest);
    if (ids.length < Math.min(LEAST_TOKENS, longest)) continue;
    prompts.push(ids);
    taken += ids.length;
    if (taken >= positions) return prompts;
  }
  throw new Error(`the corpus has only ${taken} of ${positions} positions`);
}

function textsOf(corpus: string): string[] {
  if (!/^\s*[[{]/.test(corpus)) return corpus.split(/<\|endoftext\|>|\n\s*\n/);
  const json = JSON.parse(corpus);
  const texts: unknown[] = Array.isArray(json) ? json : json.texts;
  return texts.filter((text) => typeof text === "string");
}
