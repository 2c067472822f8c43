import type { Picture } from "../state/picture.ts";

/** The prompt as its tokens say it: vocabularies of sentencepiece put a space before the first word. */
export function promptText({ tokens }: Picture): string {
  return tokens.map(({ text }) => text).join("").replace(/^ /, "");
}
