/** Marks of characters that a terminal would not show. */
const MARKS: Readonly<Record<string, string>> = { " ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥" };

/** Controls, formats (zero width, direction), private and unassigned characters, other white space. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu;

/** Scripts and symbols that take two columns (UAX 11: wide and fullwidth, as terminals draw them). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

const COMBINING = /^[\p{Mn}\p{Me}]$/u;

/** A token's text with nothing hidden: · for a space, ⏎ for a line's end, ‹200B› for what has no mark. */
export function visible(text: string): string {
  const marked = text.replace(
    HIDDEN,
    (character) => MARKS[character] ?? `‹${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}›`,
  );
  // A combining mark alone would sit on the column's edge.
  return /^[\p{Mn}\p{Me}]/u.test(marked) ? `◌${marked}` : marked;
}

/** Columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** A text of at most `width` columns; … shows that there was more. */
export function clipped(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export const padEnd = (text: string, width: number) => text + " ".repeat(Math.max(0, width - displayWidth(text)));
export const padStart = (text: string, width: number) => " ".repeat(Math.max(0, width - displayWidth(text))) + text;
