/** Characters of a title. */
const MOST = 60;

/** The beginning of a prompt, in one line. */
export function promptTitle(texts: readonly string[], otherwise: string): string {
  let whole = "";
  for (const text of texts) {
    whole += text;
    if (whole.length > 4 * MOST) break;
  }
  const characters = [...whole.replaceAll(/\s+/g, " ").trim()];
  if (characters.length === 0) return otherwise;
  return characters.length > MOST ? `${characters.slice(0, MOST - 1).join("")}…` : characters.join("");
}
