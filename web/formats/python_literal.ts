/** What Python's str.isprintable() says no to, but for the space: categories Other and Separator. */
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** repr() of a str. The service writes the same (routes/jobs/python_literal.ts), which a page cannot import. */
export function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let inside = "";
  for (const character of text) {
    if (character === quote || character === "\\") inside += `\\${character}`;
    else inside += character === " " || !UNPRINTABLE.test(character) ? character : escaped(character);
  }
  return quote + inside + quote;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (character in SHORT) return SHORT[character]!;
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** repr() of round(100 p, 2): the nearest of the exact value, of two the even one, as a Python float is written. */
export function pythonPercent(prob: number): string {
  const percent = 100 * prob;
  // Only eighths lie in the middle of two hundredths and are exact: 12.5 of 0.125. toFixed takes the larger one.
  const isMiddle = Number.isInteger(percent * 8) && !Number.isInteger(percent * 4);
  const rounded = isMiddle ? 2 * Math.round(percent * 50) / 100 : Number(percent.toFixed(2));
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}
